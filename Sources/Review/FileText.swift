import LinuxKernel

/// The content of one side of a change, read for showing it.
package enum FileText: Equatable, Sendable {
    /// Lines can be shown.
    case text([UInt8])
    /// Holds a zero byte, or is too large to be shown.
    case binary
    /// Not there.
    case none

    /// Larger files are not shown line by line.
    package static let mostBytes = 8 << 20

    package var bytes: [UInt8]? {
        switch self {
        case .text(let bytes): bytes
        case .none: []
        case .binary: nil
        }
    }

    /// A file in full, up to 1 GiB; nil for anything else.
    package static func whole(_ root: CInt, _ path: TreePath, _ entry: TreeEntry?) throws(Errno) -> [UInt8]? {
        guard let entry, entry.kind == .file else { return nil }
        let file = try openPlace(root, path, O_RDONLY | O_NONBLOCK)
        return try readAll(file.raw, limit: 1 << 30)
    }

    /// Reads what stands at `path` of a tree: a file's bytes, or where a link leads.
    package static func read(_ root: CInt, _ path: TreePath, _ entry: TreeEntry?) throws(Errno) -> FileText {
        guard let entry else { return .none }
        switch entry.kind {
        case .folder: return .none
        case .special: return .binary
        case .link:
            let parent = try openFolder(root, path.parent)
            return .text(try readLink(at: parent.raw, path.entryName))
        case .file:
            if entry.size > mostBytes { return .binary }
            let file = try openPlace(root, path, O_RDONLY | O_NONBLOCK)
            let bytes = try readAll(file.raw, limit: mostBytes + 1)
            return bytes.prefix(8000).contains(0) ? .binary : .text(bytes)
        }
    }
}

extension TreePath {
    /// The last name with a zero at its end.
    var entryName: [CChar] { name.map { CChar(bitPattern: $0) } + [0] }
}

/// Opens a folder of a tree; never through a symbolic link, never outside the tree.
func openFolder(_ root: CInt, _ path: TreePath) throws(Errno) -> Descriptor {
    try openPlace(root, path, O_RDONLY | O_DIRECTORY)
}

/// Opens what stands at `path` of a tree, however deep: the kernel takes 4095 bytes at once, and a command can make
/// longer ones step by step.
func openPlace(_ root: CInt, _ path: TreePath, _ flags: CInt) throws(Errno) -> Descriptor {
    guard path.bytes.count > 4095 else { return try openBeneath(root, path.terminated, flags) }
    guard let slash = path.bytes.prefix(4096).lastIndex(of: UInt8(ascii: "/")) else { throw .fileNameTooLong }
    let above = TreePath(bytes: Array(path.bytes[..<slash]))
    let folder = try openBeneath(root, above.terminated, O_PATH | O_DIRECTORY)
    return try openPlace(folder.raw, TreePath(bytes: Array(path.bytes[(slash + 1)...])), flags)
}

/// A text as lines, each with its line feed; a number stands for each different line.
struct NumberedLines {
    /// Where each line begins; one more for the end.
    private(set) var starts: [Int] = []
    private(set) var numbers: [Int32] = []

    var count: Int { numbers.count }

    func range(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

    /// Both texts get their numbers from one table.
    static func pair(_ old: [UInt8], _ new: [UInt8]) -> (NumberedLines, NumberedLines) {
        old.withUnsafeBytes { oldBytes in
            new.withUnsafeBytes { newBytes in
                var table: [Line: Int32] = [:]
                return (NumberedLines(oldBytes, &table), NumberedLines(newBytes, &table))
            }
        }
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ table: inout [Line: Int32]) {
        starts.append(0)
        var start = 0
        while start < bytes.count, let base = bytes.baseAddress {
            let found = memchr(base + start, 0x0a, bytes.count - start)
            let end = found.map { UnsafeRawPointer($0) - base + 1 } ?? bytes.count
            let line = Line(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            let number = table[line] ?? Int32(table.count)
            if number == Int32(table.count) { table[line] = number }
            numbers.append(number)
            starts.append(end)
            start = end
        }
    }

    /// Bytes compared as such, so that nothing can be made to look the same.
    private struct Line: Hashable {
        let bytes: UnsafeRawBufferPointer

        static func == (a: Line, b: Line) -> Bool {
            guard a.bytes.count == b.bytes.count, let left = a.bytes.baseAddress, let right = b.bytes.baseAddress
            else { return a.bytes.count == b.bytes.count }
            return memcmp(left, right, a.bytes.count) == 0
        }

        func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
    }
}
