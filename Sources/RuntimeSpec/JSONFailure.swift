import Diagnostics

/// One step from a value into one of its parts.
package enum JSONStep: Equatable, Sendable {
    case key(String)
    case index(Int)
}

/// What is wrong with a part of a document.
///
/// The path is put together while the error leaves the levels, innermost step first, so that reading a good document
/// pays nothing for it.
package struct JSONFailure: Error {
    package var message: String
    package var steps: [JSONStep] = []
    /// Where in the text, for what the parser finds.
    var offset: Int?

    package init(_ message: String) { self.message = message }

    /// `expected an array, found "x"`.
    package init(expected: String, found: JSON) { self.init("expected \(expected), found \(found.shown)") }

    package func under(_ step: JSONStep) -> JSONFailure {
        var failure = self
        failure.steps.append(step)
        return failure
    }

    /// `process.cwd: missing`; an error of the parser with line and column, for which it needs the text.
    package func located(in bytes: [UInt8] = []) -> SandboxError {
        let place = offset.map { "\(JSONFailure.position(of: $0, in: bytes)): " } ?? ""
        let path = steps.isEmpty ? "" : "\(JSONFailure.path(steps.reversed())): "
        return SandboxError(.invalidInput, place + path + message)
    }

    /// `line:column`, counted from 1, the column in characters.
    private static func position(of offset: Int, in bytes: [UInt8]) -> String {
        let before = bytes[..<min(offset, bytes.count)]
        let lineFeed = UInt8(ascii: "\n")
        let line = before.count { $0 == lineFeed } + 1
        let start = before.lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
        return "\(line):\(before[start...].count { $0 & 0xC0 != 0x80 } + 1)"
    }

    /// `process.rlimits[2].soft` or `annotations["a.b"]`; of a path deeper than any property of the specification the
    /// beginning and the end.
    package static func path(_ steps: [JSONStep]) -> String {
        guard steps.count > 16 else { return text(steps) }
        return text(steps.prefix(8)) + "…" + text(steps.suffix(4))
    }

    private static func text(_ steps: some Sequence<JSONStep>) -> String {
        var path = ""
        for step in steps {
            switch step {
            case .index(let index): path += "[\(index)]"
            case .key(let key) where isPlain(key): path += path.isEmpty ? key : "." + key
            case .key(let key): path += "[\(JSON.string(key).shown)]"
            }
        }
        return path
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
