import CCrypto
import CZlib

/// The content of a binary file before and after, as git(1) writes it into a patch and reads it again: both in full,
/// deflated, in lines of base 85 (git's `diff --binary`).
enum GitBinaryPatch {
    /// The lines after a file's heading; nil stands for a side without a file. `mode` is that of a file that keeps it.
    static func text(old: [UInt8]?, new: [UInt8]?, mode: String?) -> [UInt8] {
        let index = "index \(name(old))..\(name(new))" + (mode.map { " " + $0 } ?? "")
        return Array("\(index)\nGIT binary patch\n".utf8) + literal(new ?? []) + literal(old ?? [])
    }

    /// The number that git has for a file of this content; zeros for none.
    private static func name(_ content: [UInt8]?) -> String {
        guard let content else { return String(repeating: "0", count: 40) }
        let blob = Array("blob \(content.count)\0".utf8) + content
        var digest = [UInt8](repeating: 0, count: 20)
        var context = SHA_CTX()
        SHA1_Init(&context)
        SHA1_Update(&context, blob, blob.count)
        SHA1_Final(&digest, &context)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func literal(_ content: [UInt8]) -> [UInt8] {
        var text = Array("literal \(content.count)\n".utf8)
        let packed = deflated(content)
        text.reserveCapacity(packed.count / 52 * 67 + 128)
        var start = 0
        while start < packed.count {
            let line = packed[start..<min(start + 52, packed.count)]
            let count = UInt8(line.count)
            text.append(count <= 26 ? UInt8(ascii: "A") + count - 1 : UInt8(ascii: "a") + count - 27)
            appendBase85(line, to: &text)
            text.append(0x0a)
            start += 52
        }
        text.append(0x0a)
        return text
    }

    private static func deflated(_ content: [UInt8]) -> [UInt8] {
        var size = compressBound(uLong(content.count))
        var packed = [UInt8](repeating: 0, count: Int(size))
        // It has all the room that it can need.
        _ = compress2(&packed, &size, content, uLong(content.count), Z_DEFAULT_COMPRESSION)
        return Array(packed.prefix(Int(size)))
    }

    private static let digits = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~".utf8)

    /// Four bytes are five digits, the highest first; the last four are filled up with zeros.
    private static func appendBase85(_ bytes: ArraySlice<UInt8>, to text: inout [UInt8]) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            var word: UInt32 = 0
            for offset in 0..<4 {
                word = word << 8 | (index + offset < bytes.endIndex ? UInt32(bytes[index + offset]) : 0)
            }
            var group = [UInt8](repeating: 0, count: 5)
            for place in (0..<5).reversed() {
                group[place] = digits[Int(word % 85)]
                word /= 85
            }
            text += group
            index += 4
        }
    }
}
