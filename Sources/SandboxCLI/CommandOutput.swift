import Diagnostics
import LinuxKernel

/// Text for people: names of files can hold line feeds and terminal escapes, which are shown and not obeyed.
func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        default:
            if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
    return result
}

/// Where a verb writes: the process's own streams in the product, a recorder in tests.
package protocol CommandOutput {
    mutating func out(_ text: String)
    mutating func error(_ text: String)
}

/// Standard output and standard error.
package struct StandardOutput: CommandOutput {
    package init() {}

    // A reader that has gone away is no failure of the command (SIGPIPE or EPIPE); nothing can be told to it either.
    package mutating func out(_ text: String) { try? writeAll(1, text) }
    package mutating func error(_ text: String) { try? writeAll(2, text) }
}

extension SandboxError {
    /// The exit status of `sandbox run` for its own failures (as env(1), chroot(1) and container engines have it).
    var runStatus: Int32 {
        switch kind {
        case .commandNotFound: 127
        case .notExecutable: 126
        case .invalidInput, .notFound, .alreadyExists, .wrongState, .refused, .unsupported, .system: 125
        }
    }
}
