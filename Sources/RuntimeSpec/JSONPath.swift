import Diagnostics

/// Where in a document a value stands; printed `process.rlimits[2].soft` or `annotations["a.b"]`.
package indirect enum JSONPath: Sendable {
    case root
    case member(JSONPath, String)
    case element(JSONPath, Int)
}

extension JSONPath: CustomStringConvertible {
    package var description: String {
        switch self {
        case .root: return ""
        case .element(let parent, let index): return "\(parent)[\(index)]"
        case .member(let parent, let key):
            guard JSONPath.isPlain(key) else { return "\(parent)[\(JSON.string(key).shown)]" }
            if case .root = parent { return key }
            return "\(parent).\(key)"
        }
    }

    private static func isPlain(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.count <= 64
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension JSONPath {
    /// An error about the value at this path: `process.cwd: missing`.
    package func error(_ message: String) -> SandboxError {
        if case .root = self { return SandboxError(.invalidInput, message) }
        return SandboxError(.invalidInput, "\(self): \(message)")
    }

    /// `expected an array, found "x"`.
    package func mismatch(_ expected: String, _ found: JSON) -> SandboxError {
        error("expected \(expected), found \(found.shown)")
    }
}

extension JSON {
    /// How an error message shows the value: short, on one line.
    package var shown: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let literal): return literal.count <= 40 ? literal : "\(literal.prefix(40))…"
        case .array: return "an array"
        case .object: return "an object"
        case .string(let text):
            let short = text.count <= 60 ? text : "\(text.prefix(60))…"
            return String(decoding: JSON.string(short).encoded(), as: UTF8.self)
        }
    }
}
