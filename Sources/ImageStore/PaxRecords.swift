import Diagnostics
import LinuxKernel

/// The records of a pax extended header (POSIX.1 pax, "pax Header Block"): `LENGTH KEY=VALUE\n`.
struct PaxRecords {
    /// The last record of a key counts.
    private(set) var values: [String: [UInt8]] = [:]
    private(set) var attributes: [TarEntry.Attribute] = []
    /// GNU.sparse.offset and .numbytes, which repeat in version 0.0.
    private(set) var extents: [TarEntry.Extent] = []

    static let attributePrefix = Array("SCHILY.xattr.".utf8)

    init() {}

    init(_ bytes: [UInt8]) throws(SandboxError) { try add(bytes) }

    /// Adds the records of another header, which overrule those here.
    mutating func add(_ bytes: [UInt8]) throws(SandboxError) {
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            guard let blank = rest.prefix(20).firstIndex(of: 0x20),
                let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
                length > blank - rest.startIndex + 2, length <= rest.count
            else { throw TarHeader.damaged("a pax record's length is wrong") }
            let record = rest[(blank + 1)..<(rest.startIndex + length)]
            guard record.last == 0x0A, let sign = record.firstIndex(of: 0x3D) else {
                throw TarHeader.damaged("a pax record has no value")
            }
            try take(record[..<sign], Array(record[(sign + 1)...].dropLast()))
            rest = rest.dropFirst(length)
        }
    }

    private mutating func take(_ key: ArraySlice<UInt8>, _ value: [UInt8]) throws(SandboxError) {
        if key.starts(with: PaxRecords.attributePrefix) {
            let name = Array(key.dropFirst(PaxRecords.attributePrefix.count))
            attributes.removeAll { $0.name == name }
            attributes.append(TarEntry.Attribute(name: name, value: value))
            return
        }
        let key = String(decoding: key, as: UTF8.self)
        switch key {
        case "GNU.sparse.offset":
            extents.append(TarEntry.Extent(offset: try PaxRecords.number(value, key), length: 0))
        case "GNU.sparse.numbytes":
            guard !extents.isEmpty else { throw TarHeader.damaged("a hole has no place") }
            extents[extents.count - 1].length = try PaxRecords.number(value, key)
        default: values[key] = value
        }
    }

    /// Overrules what the member's own block says. Keys that say nothing about a file's content, owner, mode, time or
    /// attributes (`comment`, `uname`, `atime`, …) have no effect.
    func apply(to entry: inout TarEntry) throws(SandboxError) {
        if let path = values["path"], !path.isEmpty { entry.path = path }
        if let target = values["linkpath"] { entry.target = target }
        if let size = try number("size") {
            entry.storedSize = size
            entry.size = size
        }
        entry.uid = try number("uid") ?? entry.uid
        entry.gid = try number("gid") ?? entry.gid
        if let time = values["mtime"] { entry.modified = try PaxRecords.time(time) }
        entry.attributes = attributes
        if entry.path.contains(0) || entry.target.contains(0) { throw TarHeader.damaged("a name holds a zero byte") }
    }

    func number(_ key: String) throws(SandboxError) -> Int64? {
        guard let value = values[key], !value.isEmpty else { return nil }
        return try PaxRecords.number(value, key)
    }

    static func number(_ value: [UInt8], _ key: String) throws(SandboxError) -> Int64 {
        guard let number = Int64(String(decoding: value, as: UTF8.self)), number >= 0 else {
            throw TarHeader.damaged("\(key) \"\(shown(value))\" is no number")
        }
        return number
    }

    /// Seconds since 1970 with a fraction.
    private static func time(_ value: [UInt8]) throws(SandboxError) -> timespec {
        let parts = value.split(separator: 0x2E, maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts.count == 2 ? parts[1].prefix(9) : []
        guard let seconds = Int(String(decoding: parts[0], as: UTF8.self)),
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw TarHeader.damaged("mtime \"\(shown(value))\" is no time") }
        var nanoseconds = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        for _ in digits.count..<9 { nanoseconds *= 10 }
        if parts[0].first == 0x2D, nanoseconds > 0 {
            return timespec(tv_sec: seconds - 1, tv_nsec: 1_000_000_000 - nanoseconds)
        }
        return timespec(tv_sec: seconds, tv_nsec: nanoseconds)
    }
}
