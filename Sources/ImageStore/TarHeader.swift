import Diagnostics
import LinuxKernel

/// One block of 512 bytes that begins a member (POSIX.1 pax, "ustar Interchange Format", and GNU's variant).
struct TarHeader {
    let block: [UInt8]

    static let size = 512

    /// Offsets and lengths of the fields.
    private enum Field {
        static let name = 0..<100
        static let mode = 100..<108
        static let uid = 108..<116
        static let gid = 116..<124
        static let size = 124..<136
        static let modified = 136..<148
        static let checksum = 148..<156
        static let type = 156
        static let target = 157..<257
        static let magic = 257..<265
        static let major = 329..<337
        static let minor = 337..<345
        static let prefix = 345..<500
    }

    init(_ block: [UInt8]) throws(SandboxError) {
        self.block = block
        let sum = try number(Field.checksum, "the check sum")
        var unsigned: Int64 = 0
        var signed: Int64 = 0
        for (index, byte) in block.enumerated() {
            let counted = Field.checksum.contains(index) ? 0x20 : byte
            unsigned += Int64(counted)
            signed += Int64(Int8(bitPattern: counted))
        }
        // Old implementations added the bytes as signed numbers.
        if sum != unsigned && sum != signed { throw TarHeader.damaged("a header's check sum is wrong") }
    }

    static func damaged(_ what: String) -> SandboxError {
        SandboxError(.invalidInput, "not a sound tar archive: \(what)")
    }

    var type: UInt8 { block[Field.type] }
    private var isGNU: Bool { block[Field.magic].elementsEqual(Array("ustar  \0".utf8)) }
    private var isPOSIX: Bool { block[Field.magic].prefix(6).elementsEqual(Array("ustar\0".utf8)) }

    /// What the block alone says.
    func entry() throws(SandboxError) -> TarEntry {
        var entry = TarEntry()
        entry.path = text(Field.name)
        if isPOSIX {
            let prefix = text(Field.prefix)
            if !prefix.isEmpty { entry.path = prefix + [UInt8(ascii: "/")] + entry.path }
        }
        entry.target = text(Field.target)
        entry.mode = mode_t(truncatingIfNeeded: try number(Field.mode, "a mode")) & 0o7777
        entry.uid = try number(Field.uid, "an owner")
        entry.gid = try number(Field.gid, "a group")
        entry.modified.tv_sec = Int(try number(Field.modified, "a time"))
        entry.storedSize = try number(Field.size, "a size")
        if entry.storedSize < 0 { throw TarHeader.damaged("a size is negative") }
        entry.size = entry.storedSize
        return entry
    }

    /// The major and minor number of a device.
    func device() throws(SandboxError) -> UInt64 {
        let major = try number(Field.major, "a device number")
        let minor = try number(Field.minor, "a device number")
        return clinux_makedev(UInt32(truncatingIfNeeded: major), UInt32(truncatingIfNeeded: minor))
    }

    /// GNU's old sparse format: four extents here, whether blocks with more follow, and the file's own size.
    func oldSparse() throws(SandboxError) -> (extents: [TarEntry.Extent], continues: Bool, size: Int64) {
        let extents = try TarHeader.extents(block, at: 386, count: 4)
        return (extents, block[482] != 0, try number(483..<495, "a size"))
    }

    /// The extents of a continuation block.
    static func continuation(_ block: [UInt8]) throws(SandboxError) -> (extents: [TarEntry.Extent], continues: Bool) {
        (try extents(block, at: 0, count: 21), block[504] != 0)
    }

    private static func extents(_ block: [UInt8], at start: Int, count: Int) throws(SandboxError) -> [TarEntry.Extent] {
        var extents: [TarEntry.Extent] = []
        for index in 0..<count {
            let place = start + index * 24
            if block[place + 12] == 0 { break }
            extents.append(
                TarEntry.Extent(
                    offset: try number(block[place..<(place + 12)], "a hole"),
                    length: try number(block[(place + 12)..<(place + 24)], "a hole")))
        }
        return extents
    }

    private func text(_ field: Range<Int>) -> [UInt8] { Array(block[field].prefix { $0 != 0 }) }

    private func number(_ field: Range<Int>, _ what: String) throws(SandboxError) -> Int64 {
        try TarHeader.number(block[field], what)
    }

    /// Octal digits with blanks around them, or GNU's binary form, whose first bit is set.
    private static func number(_ field: ArraySlice<UInt8>, _ what: String) throws(SandboxError) -> Int64 {
        guard let first = field.first else { return 0 }
        if first & 0x80 != 0 { return try binary(field, what) }
        var value: Int64 = 0
        var hasEnded = false
        for byte in field.drop(while: { $0 == 0x20 || $0 == 0 }) {
            switch byte {
            case 0x30...0x37 where !hasEnded:
                let (product, overflows) = value.multipliedReportingOverflow(by: 8)
                if overflows { throw damaged("\(what) is too large") }
                value = product + Int64(byte - 0x30)
            case 0, 0x20: hasEnded = true
            default: throw damaged("\(what) is no number")
            }
        }
        return value
    }

    private static func binary(_ field: ArraySlice<UInt8>, _ what: String) throws(SandboxError) -> Int64 {
        let isNegative = (field.first ?? 0) & 0x40 != 0
        var value: Int64 = isNegative ? -1 : 0
        for (index, byte) in field.enumerated() {
            let bits = index == 0 ? Int64(byte & 0x3F) | (isNegative ? ~0x3F : 0) : Int64(byte)
            if index == 0 {
                value = bits
                continue
            }
            let (product, overflows) = value.multipliedReportingOverflow(by: 256)
            if overflows { throw damaged("\(what) is too large") }
            value = product | bits
        }
        return value
    }
}
