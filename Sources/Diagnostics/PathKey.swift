/// A file name for what is kept of a path: its last name for people, and a number for the whole of it.
///
/// Two paths can have the same one; who uses it keeps the path beside it.
package func nameForPath(_ path: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
    for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { last in
        String(decoding: last.map { isPlain($0) ? $0 : UInt8(ascii: "_") }.prefix(64), as: UTF8.self)
    }
    return "\(name ?? "root")-" + String(repeating: "0", count: 16 - digits.count) + digits
}

private func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
    default: false
    }
}
