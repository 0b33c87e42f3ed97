import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The version of the program.
package let sandboxVersion = "0.1.0"

/// Writes to standard output; a closed pipe ends the output, not the program.
func printOut(_ text: String) {
    // Nobody reads any more: there is nobody to tell.
    do { try writeAll(1, text) } catch {}
}

/// Writes a line to standard error.
func printError(_ text: String) {
    // Standard error is closed: there is nobody to tell.
    do { try writeAll(2, text + "\n") } catch {}
}

/// A variable of this process's environment.
func environmentValue(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
}

/// A document on standard output.
func printJSON(_ json: JSON) { printOut(String(decoding: json.encodedPretty(), as: UTF8.self)) }
