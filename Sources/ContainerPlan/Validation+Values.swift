import Diagnostics
import RuntimeSpec

/// `path: message`.
func invalid(_ path: String, _ message: String) -> SandboxError {
    SandboxError(.invalidInput, "\(path): \(message)")
}

/// The text as an error message shows it.
func quoted(_ text: String) -> String { JSON.string(text).shown }

func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

/// The kernel ends every string at its first NUL byte, so that one with a NUL would mean something else there.
func validateText(_ text: String, _ path: @autoclosure () -> String) throws(SandboxError) {
    if text.utf8.contains(0) { throw invalid(path(), "contains a NUL byte") }
}

func validatePath(_ text: String, _ path: @autoclosure () -> String, absolute: Bool) throws(SandboxError) {
    if text.isEmpty { throw invalid(path(), "empty") }
    if absolute && text.utf8.first != UInt8(ascii: "/") {
        throw invalid(path(), "expected an absolute path, found \(quoted(text))")
    }
    try validateText(text, path())
}

/// Each entry `KEY=VALUE` with a key.
func validateEnvironment(_ environment: [String], _ path: String) throws(SandboxError) {
    for (index, entry) in environment.enumerated() {
        guard let equals = entry.utf8.firstIndex(of: UInt8(ascii: "=")), equals != entry.utf8.startIndex else {
            throw invalid("\(path)[\(index)]", "expected KEY=VALUE, found \(quoted(entry))")
        }
        try validateText(entry, "\(path)[\(index)]")
    }
}

/// A list as cpuset(7) has it, `0-3,7`. An empty one is allowed.
func validateNumberList(_ text: String, _ path: String) throws(SandboxError) {
    if text.isEmpty || NumberMask(list: text) != nil { return }
    throw invalid(path, "expected a list as \"0-3,7\", found \(quoted(text))")
}

func validateRange<Value: FixedWidthInteger & Sendable>(
    _ value: Value?, _ range: ClosedRange<Value>, _ path: @autoclosure () -> String
) throws(SandboxError) {
    guard let value, !range.contains(value) else { return }
    throw invalid(path(), "expected \(range.lowerBound) to \(range.upperBound), found \(value)")
}

/// The largest id is -1 to the kernel, which means "leave it" (setresuid(2), chown(2)).
func validateID(_ id: UInt32?, _ path: @autoclosure () -> String) throws(SandboxError) {
    if id == .max { throw invalid(path(), "\(UInt32.max) is no id") }
}
