import FoundationEssentials
import Glibc
import SandboxCLI

if CommandLine.arguments.dropFirst().first == "overlay" {
    exit(runOverlayCommand(Array(CommandLine.arguments.dropFirst(2))))
}
