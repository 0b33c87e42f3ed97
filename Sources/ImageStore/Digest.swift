import Diagnostics

/// A content address, `sha256:` and 64 hexadecimal digits (OCI image-spec, descriptor.md, Digests).
package struct Digest: Hashable, Sendable {
    /// Lower case, without the algorithm.
    package let hex: String

    init(bytes: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        hex = String(decoding: text, as: UTF8.self)
    }

    /// 64 lower case digits; nil for anything else, since the text becomes a file's name.
    package init?(hex: String) {
        let isDigest =
            hex.utf8.count == 64
            && hex.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
        guard isDigest else { return nil }
        self.hex = hex
    }

    /// `sha256:…`; `place` says where the text stands.
    package init(_ text: String, at place: String) throws(SandboxError) {
        guard text.hasPrefix("sha256:"), let digest = Digest(hex: String(text.dropFirst(7))) else {
            throw SandboxError(.invalidInput, "\(place): \"\(text)\" is not a sha256 digest")
        }
        self = digest
    }

    package var text: String { "sha256:\(hex)" }
    /// As people see it.
    package var short: String { String(hex.prefix(12)) }
}
