import Glibc
import SandboxCLI

exit(sandboxMain(CommandLine.arguments))
