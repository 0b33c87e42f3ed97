import CCrypto
import LinuxKernel

/// Half of the SHA-256 of what is in a file, or of where a link leads.
package struct ContentSum: Equatable, Sendable {
    private let high: UInt64
    private let low: UInt64

    package init(_ bytes: [UInt8]) {
        var context = SHA256_CTX()
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256_Init(&context)
        SHA256_Update(&context, bytes, bytes.count)
        SHA256_Final(&digest, &context)
        self.init(digest: digest)
    }

    private init(digest: [UInt8]) {
        func word(_ start: Int) -> UInt64 { digest[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) } }
        (high, low) = (word(0), word(8))
    }

    /// Of what stands at `path` of a tree; nil for folders and special files.
    static func read(_ root: CInt, _ path: TreePath, _ entry: TreeEntry) throws(Errno) -> ContentSum? {
        switch entry.kind {
        case .folder, .special: return nil
        case .link:
            let parent = try openFolder(root, path.parent)
            return ContentSum(try readLink(at: parent.raw, path.entryName))
        case .file:
            let file = try openPlace(root, path, O_RDONLY | O_NONBLOCK)
            var context = SHA256_CTX()
            SHA256_Init(&context)
            var piece = [UInt8](repeating: 0, count: Int(min(max(entry.size + 1, 512), 1 << 20)))
            while true {
                let count = try readBytes(file.raw, into: &piece)
                if count == 0 { break }
                SHA256_Update(&context, piece, count)
            }
            var digest = [UInt8](repeating: 0, count: 32)
            SHA256_Final(&digest, &context)
            return ContentSum(digest: digest)
        }
    }

    package var text: String { String(high, radix: 16) + ":" + String(low, radix: 16) }

    init?(text: Substring) {
        let words = text.split(separator: ":", omittingEmptySubsequences: false)
        guard words.count == 2, let high = UInt64(words[0], radix: 16), let low = UInt64(words[1], radix: 16) else {
            return nil
        }
        (self.high, self.low) = (high, low)
    }
}
