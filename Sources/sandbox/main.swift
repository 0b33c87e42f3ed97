import FoundationEssentials
import Glibc
import SandboxCLI

exit(sandboxMain(CommandLine.arguments))
