import Diagnostics
import LinuxKernel

/// Writes a tar archive: ustar, with pax extended headers where those do not suffice.
struct TarWriter: ~Copyable {
    private let descriptor: CInt
    private var buffer: [UInt8] = []
    /// Bytes of the archive so far.
    private(set) var position: Int64 = 0

    private static let bufferSize = 1 << 18

    init(_ descriptor: CInt) { self.descriptor = descriptor }

    /// Begins a member; exactly `entry.size` bytes of content must follow for a file, and then `endContent`.
    mutating func add(_ entry: TarEntry) throws(Errno) {
        let records = TarWriter.records(entry)
        if !records.isEmpty {
            var header = TarEntry()
            header.path = Array("PaxHeaders/".utf8) + (entry.path.split(separator: 0x2F).last ?? []).prefix(80)
            header.size = Int64(records.count)
            try write(TarWriter.block(header, type: "x"))
            try write(records)
            try endContent(Int64(records.count))
        }
        try write(TarWriter.block(entry, type: TarWriter.type(entry.kind)))
    }

    mutating func write(_ bytes: some Collection<UInt8>) throws(Errno) {
        buffer.append(contentsOf: bytes)
        position += Int64(bytes.count)
        if buffer.count >= TarWriter.bufferSize { try flush() }
    }

    /// Fills the last block of a content of `size` bytes.
    mutating func endContent(_ size: Int64) throws(Errno) {
        try write([UInt8](repeating: 0, count: Int((512 - size % 512) % 512)))
    }

    /// A small file in one piece.
    mutating func add(file path: String, _ content: [UInt8]) throws(Errno) {
        var entry = TarEntry()
        entry.path = Array(path.utf8)
        entry.size = Int64(content.count)
        try add(entry)
        try write(content)
        try endContent(entry.size)
    }

    mutating func add(folder path: String) throws(Errno) {
        var entry = TarEntry()
        entry.path = Array(path.utf8)
        entry.kind = .folder
        entry.mode = 0o755
        try add(entry)
    }

    /// The two blocks of zeros at the end.
    mutating func finish() throws(Errno) {
        try write([UInt8](repeating: 0, count: 1024))
        try flush()
    }

    private mutating func flush() throws(Errno) {
        try writeAll(descriptor, buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private static func type(_ kind: TarEntry.Kind) -> Character {
        switch kind {
        case .file: "0"
        case .hardLink: "1"
        case .symbolicLink: "2"
        case .characterDevice: "3"
        case .blockDevice: "4"
        case .folder: "5"
        case .fifo: "6"
        }
    }

    private static func block(_ entry: TarEntry, type: Character) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            for (index, byte) in bytes.enumerated() { block[offset + index] = byte }
        }
        func octal(_ value: Int64, at offset: Int, digits: Int) {
            // What does not fit stands in the extended header.
            let most = Int64(1) << Int64(digits * 3)
            let text = String(value < 0 || value >= most ? 0 : value, radix: 8)
            put(String(repeating: "0", count: digits - text.count).utf8, at: offset)
            put(text.utf8, at: offset + digits - text.count)
        }
        put(entry.path.prefix(100), at: 0)
        octal(Int64(entry.mode & 0o7777), at: 100, digits: 7)
        octal(entry.uid, at: 108, digits: 7)
        octal(entry.gid, at: 116, digits: 7)
        octal(entry.size, at: 124, digits: 11)
        octal(Int64(entry.modified.tv_sec), at: 136, digits: 11)
        put(String(repeating: " ", count: 8).utf8, at: 148)
        put(String(type).utf8, at: 156)
        put(entry.target.prefix(100), at: 157)
        put("ustar\u{0}00".utf8, at: 257)
        let sum = block.reduce(Int64(0)) { $0 + Int64($1) }
        octal(sum, at: 148, digits: 6)
        block[154] = 0
        return block
    }

    private static func records(_ entry: TarEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        func add(_ key: String, _ value: [UInt8]) {
            let rest = Array(" \(key)=".utf8) + value + [0x0A]
            var length = rest.count + 1
            while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
            bytes += Array(String(length).utf8) + rest
        }
        func number(_ key: String, _ value: Int64, digits: Int64) {
            if value < 0 || value >= 1 << (digits * 3) { add(key, Array(String(value).utf8)) }
        }
        if entry.path.count > 100 { add("path", entry.path) }
        if entry.target.count > 100 { add("linkpath", entry.target) }
        number("size", entry.size, digits: 11)
        number("uid", entry.uid, digits: 7)
        number("gid", entry.gid, digits: 7)
        if entry.modified.tv_nsec != 0 || entry.modified.tv_sec < 0 || entry.modified.tv_sec >= 1 << 33 {
            add("mtime", Array(time(entry.modified).utf8))
        }
        for attribute in entry.attributes {
            add("SCHILY.xattr." + String(decoding: attribute.name, as: UTF8.self), attribute.value)
        }
        return bytes
    }

    /// Seconds with a fraction; of a negative time the fraction counts away from zero.
    private static func time(_ time: timespec) -> String {
        if time.tv_nsec == 0 { return String(time.tv_sec) }
        let isNegative = time.tv_sec < 0
        let seconds = isNegative ? -(time.tv_sec + 1) : time.tv_sec
        let digits = String(isNegative ? 1_000_000_000 - time.tv_nsec : time.tv_nsec)
        return (isNegative ? "-" : "") + "\(seconds)." + String(repeating: "0", count: 9 - digits.count) + digits
    }
}
