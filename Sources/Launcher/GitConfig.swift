/// The settings of one git-config(1) file, as far as they decide what programs git runs and where its files are.
package struct GitConfig: Equatable, Sendable {
    /// Section and key in lower case (`core.hookspath`, `include.path`), a subsection left out; values as written.
    package var values: [(key: String, value: String)] = []

    package static func == (a: GitConfig, b: GitConfig) -> Bool { a.values.elementsEqual(b.values, by: ==) }

    package func all(_ key: String) -> [String] { values.filter { $0.key == key }.map(\.value) }

    /// The last one wins, as in git.
    package func last(_ key: String) -> String? { all(key).last }

    /// Git's true: `true`, `yes`, `on`, `1`, or a key without a value.
    package func isTrue(_ key: String) -> Bool {
        guard let value = last(key) else { return false }
        return ["true", "yes", "on", "1", ""].contains(value.lowercased())
    }

    package init(_ text: String) {
        var section = ""
        var continued = ""
        for line in lines(text) {
            let whole = continued + line
            if whole.utf8.last == UInt8(ascii: "\\"), !whole.utf8.starts(with: "#".utf8) {
                continued = String(whole.dropLast())
                continue
            }
            continued = ""
            read(whole, section: &section)
        }
        if !continued.isEmpty { read(continued, section: &section) }
    }

    private mutating func read(_ line: String, section: inout String) {
        var rest = line.utf8.drop(while: GitConfig.isBlank)
        if rest.first == UInt8(ascii: "[") {
            let header = rest.dropFirst().prefix { $0 != UInt8(ascii: "]") }
            section = String(decoding: header.prefix { !GitConfig.isBlank($0) }, as: UTF8.self).lowercased()
            // A key may stand on the header's own line.
            rest = rest.dropFirst(1 + header.count + 1).drop(while: GitConfig.isBlank)
        }
        guard let first = rest.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { return }
        let key = rest.prefix { $0 != UInt8(ascii: "=") && !GitConfig.isBlank($0) }
        let name = section + "." + String(decoding: key, as: UTF8.self).lowercased()
        let after = rest.dropFirst(key.count).drop(while: GitConfig.isBlank)
        guard after.first == UInt8(ascii: "=") else {
            values.append((name, ""))
            return
        }
        values.append((name, GitConfig.value(after.dropFirst())))
    }

    /// A value without its blanks at both ends, comment, quotes and escapes.
    private static func value(_ text: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        var length = 0  // up to here nothing may be trimmed
        var quoted = false
        var escaped = false
        for byte in text.drop(while: isBlank) {
            if escaped {
                switch byte {
                case UInt8(ascii: "n"): bytes.append(10)
                case UInt8(ascii: "t"): bytes.append(9)
                case UInt8(ascii: "b"): bytes.append(8)
                default: bytes.append(byte)
                }
                escaped = false
                length = bytes.count
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "\"") {
                quoted.toggle()
            } else if !quoted, byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                break
            } else {
                bytes.append(byte)
                if quoted || !isBlank(byte) { length = bytes.count }
            }
        }
        return String(decoding: bytes.prefix(length), as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
}
