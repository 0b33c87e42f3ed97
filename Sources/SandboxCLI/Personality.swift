import Diagnostics
import LinuxKernel

/// Runs the personality that the executable's name, or its first argument, asks for; the exit status.
package func sandboxMain(_ arguments: [String]) -> CInt {
    let name = arguments.first.map { String($0.split(separator: "/").last ?? "") } ?? "sandbox"
    let rest = Array(arguments.dropFirst())
    switch name {
    case "sandbox-oci", "runc", "crun":
        return OCIMain(program: name, processArguments: arguments).run(rest)
    default: break
    }
    switch rest.first {
    case "oci":
        return OCIMain(program: "sandbox oci", processArguments: arguments).run(Array(rest.dropFirst()))
    default:
        printError("sandbox: unknown command")
        return 125
    }
}
