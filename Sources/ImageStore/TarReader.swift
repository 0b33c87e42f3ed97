import Diagnostics
import LinuxKernel

/// Reads the members of a tar archive in order: v7, ustar, pax, and GNU's long names and sparse files.
struct TarReader: ~Copyable {
    private var input: TarInput
    private var globals = PaxRecords()
    /// Content of the present member that has not been given out, and the padding behind it.
    private var contentLeft: Int64 = 0
    private var padding: Int64 = 0
    /// An archive that a check sum vouches for may lack the two blocks that end one; some writers forget them.
    private let needsEnd: Bool
    /// Members and extended headers so far: a bomb may be made of either.
    private(set) var headerCount = 0

    /// What an extended header may hold: names, and attributes of 64 KiB each.
    private static let headerLimit: Int64 = 4 << 20

    init(_ descriptor: CInt, canSeek: Bool = false, needsEnd: Bool) {
        input = TarInput(descriptor, canSeek: canSeek)
        self.needsEnd = needsEnd
    }

    /// Where the present member's content begins, for archives that are read by place.
    var contentOffset: Int64 { input.position }

    /// The next member; what is left of the former one's content is skipped. Nil at the archive's end.
    mutating func next(limit: Int = .max) throws(SandboxError) -> TarEntry? {
        try input.skip(contentLeft + padding)
        contentLeft = 0
        padding = 0
        var records: PaxRecords?
        var longPath: [UInt8]?
        var longTarget: [UInt8]?
        while let header = try header() {
            headerCount += 1
            if headerCount > limit { throw TarReader.tooManyEntries(limit) }
            var entry = try header.entry()
            switch header.type {
            case UInt8(ascii: "x"):
                if records == nil { records = globals }
                try records?.add(extended(entry.storedSize))
            case UInt8(ascii: "g"): try globals.add(extended(entry.storedSize))
            case UInt8(ascii: "L"): longPath = Array(try extended(entry.storedSize).prefix { $0 != 0 })
            case UInt8(ascii: "K"): longTarget = Array(try extended(entry.storedSize).prefix { $0 != 0 })
            case UInt8(ascii: "V"): try input.skip(TarReader.padded(entry.storedSize))  // a volume's name
            default:
                if let longPath { entry.path = longPath }
                if let longTarget { entry.target = longTarget }
                return try finish(&entry, header, records ?? globals)
            }
        }
        if records != nil || longPath != nil || longTarget != nil { throw TarInput.cutShort }
        return nil
    }

    static func tooManyEntries(_ limit: Int) -> SandboxError {
        SandboxError(
            .refused, "the archive has more than \(limit) members", remedy: "--max-entries NUMBER allows more")
    }

    /// Some of the present member's content, valid until the next call; none at its end.
    mutating func content() throws(SandboxError) -> UnsafeRawBufferPointer {
        if contentLeft == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let part = try input.take(upTo: contentLeft)
        if part.isEmpty { throw TarInput.cutShort }
        contentLeft -= Int64(part.count)
        return part
    }

    /// Reads up to the end of the input.
    mutating func drain() throws(SandboxError) { try input.drain() }

    private mutating func header() throws(SandboxError) -> TarHeader? {
        guard let block = try input.bytes(TarHeader.size) else {
            if needsEnd { throw TarInput.cutShort }
            return nil
        }
        // The archive ends with two blocks of zeros; one is enough for everybody who reads tar.
        if block[0] == 0 && block.allSatisfy({ $0 == 0 }) { return nil }
        return try TarHeader(block)
    }

    private static func padded(_ size: Int64) -> Int64 { (size + 511) & ~511 }

    private mutating func extended(_ size: Int64) throws(SandboxError) -> [UInt8] {
        if size > TarReader.headerLimit { throw TarHeader.damaged("an extended header of \(size) bytes") }
        guard let bytes = try input.bytes(Int(TarReader.padded(size))) else {
            if size == 0 { return [] }
            throw TarInput.cutShort
        }
        return Array(bytes.prefix(Int(size)))
    }

    /// Fills in the kind, the extended headers and the content.
    private mutating func finish(
        _ entry: inout TarEntry, _ header: TarHeader, _ records: PaxRecords
    ) throws(SandboxError) -> TarEntry {
        try records.apply(to: &entry)
        try setKind(&entry, header)
        if entry.storedSize > .max - 1024 { throw TarHeader.damaged("a size is too large") }
        contentLeft = entry.storedSize
        padding = TarReader.padded(entry.storedSize) - entry.storedSize
        if header.type == UInt8(ascii: "S") {
            try readOldSparse(&entry, header)
        } else {
            try readSparse(&entry, records)
        }
        try checkExtents(entry)
        return entry
    }

    private func setKind(_ entry: inout TarEntry, _ header: TarHeader) throws(SandboxError) {
        switch header.type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"), UInt8(ascii: "S"):
            // In the oldest format a folder is a file whose name ends in a slash.
            entry.kind = entry.path.last == UInt8(ascii: "/") ? .folder : .file
        case UInt8(ascii: "1"): entry.kind = .hardLink
        case UInt8(ascii: "2"): entry.kind = .symbolicLink
        case UInt8(ascii: "3"): entry.kind = .characterDevice
        case UInt8(ascii: "4"): entry.kind = .blockDevice
        case UInt8(ascii: "5"), UInt8(ascii: "D"): entry.kind = .folder
        case UInt8(ascii: "6"): entry.kind = .fifo
        default:
            throw SandboxError(
                .unsupported, "\"\(shown(entry.path))\": members of type \"\(shown([header.type]))\" are not unpacked")
        }
        switch entry.kind {
        case .file: break
        case .folder where header.type == UInt8(ascii: "D"): break  // GNU's list of names, which is skipped
        case .folder, .hardLink, .symbolicLink, .fifo: (entry.storedSize, entry.size) = (0, 0)
        case .characterDevice, .blockDevice:
            (entry.storedSize, entry.size) = (0, 0)
            entry.device = try header.device()
        }
    }

    private mutating func readOldSparse(_ entry: inout TarEntry, _ header: TarHeader) throws(SandboxError) {
        var (extents, continues, size) = try header.oldSparse()
        while continues {
            guard let block = try input.bytes(TarHeader.size) else { throw TarInput.cutShort }
            headerCount += 1
            let more = try TarHeader.continuation(block)
            extents += more.extents
            continues = more.continues
            if extents.count > 1 << 20 { throw TarHeader.damaged("a file of more than a million holes") }
        }
        entry.extents = extents
        entry.size = size
    }

    /// GNU's three pax formats: 0.0 repeats keys, 0.1 has one list, 1.0 puts the list before the content.
    private mutating func readSparse(_ entry: inout TarEntry, _ records: PaxRecords) throws(SandboxError) {
        if let name = records.values["GNU.sparse.name"] { entry.path = name }
        if records.values["GNU.sparse.major"] == [0x31] {
            entry.size = try records.number("GNU.sparse.realsize") ?? 0
            entry.extents = try extentsInContent()
        } else if let map = records.values["GNU.sparse.map"] {
            var numbers: [Int64] = []
            for part in map.split(separator: 0x2C) { numbers.append(try PaxRecords.number(Array(part), "a hole")) }
            entry.extents = try TarReader.pairs(numbers)
            entry.size = try records.number("GNU.sparse.size") ?? 0
        } else if !records.extents.isEmpty {
            entry.extents = records.extents
            entry.size = try records.number("GNU.sparse.size") ?? 0
        }
    }

    private mutating func extentsInContent() throws(SandboxError) -> [TarEntry.Extent] {
        var numbers: [Int64] = []
        var digits: [UInt8] = []
        while numbers.isEmpty || numbers.count < 1 + 2 * Int(numbers[0]) {
            guard contentLeft >= 512, let block = try input.bytes(512) else { throw TarInput.cutShort }
            contentLeft -= 512
            for byte in block {
                if byte == 0x0A {
                    numbers.append(try PaxRecords.number(digits, "a hole"))
                    digits = []
                    if numbers[0] > 1 << 20 { throw TarHeader.damaged("a file of more than a million holes") }
                    if numbers.count == 1 + 2 * Int(numbers[0]) { break }
                } else {
                    digits.append(byte)
                    if digits.count > 20 { throw TarHeader.damaged("a hole is no number") }
                }
            }
        }
        return try TarReader.pairs(Array(numbers.dropFirst()))
    }

    private static func pairs(_ numbers: [Int64]) throws(SandboxError) -> [TarEntry.Extent] {
        guard numbers.count % 2 == 0 else { throw TarHeader.damaged("a hole has no end") }
        return stride(from: 0, to: numbers.count, by: 2).map {
            TarEntry.Extent(offset: numbers[$0], length: numbers[$0 + 1])
        }
    }

    /// The extents go upwards, end within the file and hold exactly what is stored.
    private func checkExtents(_ entry: TarEntry) throws(SandboxError) {
        guard let extents = entry.extents else { return }
        var place: Int64 = 0
        var total: Int64 = 0
        for extent in extents {
            guard extent.offset >= place, extent.length >= 0, extent.length <= entry.size,
                extent.offset <= entry.size - extent.length
            else { throw TarHeader.damaged("the holes of \"\(shown(entry.path))\" are out of order") }
            place = extent.offset + extent.length
            total += extent.length
        }
        if total != contentLeft { throw TarHeader.damaged("the holes of \"\(shown(entry.path))\" do not add up") }
    }
}
