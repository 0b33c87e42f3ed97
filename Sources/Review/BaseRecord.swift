/// What each changed path of the project looked like when the sandbox changed it: when it looks different later,
/// somebody outside has changed it too, and taking the sandbox's version over would undo that.
package struct BaseRecord: Equatable, Sendable {
    /// The state of one path of the project.
    package enum State: Equatable, Sendable {
        case absent
        case present(Present)
        /// A folder: what is in it has states of its own.
        case folder
        /// It changed outside while the sandbox was at work: which version the sandbox saw is not known.
        case unknown

        /// - Parameter content: the sum of what is in the file, or of where the link leads.
        package init(_ entry: TreeEntry?, content: ContentSum?) {
            guard let entry else {
                self = .absent
                return
            }
            self = entry.kind == .folder ? .folder : .present(Present(entry, content))
        }
    }

    package struct Present: Equatable, Sendable {
        var inode: UInt64
        var size: Int64
        var modified: Int64
        var mode: UInt32
        /// The inode's own time: no program sets it, but a hard link, as backups make, changes it too.
        var changed: Int64?
        /// nil where it could not be read, and for what has none.
        var content: ContentSum?

        init(_ entry: TreeEntry, _ content: ContentSum?) {
            (inode, size, modified, mode) = (entry.inode, entry.size, entry.modified, entry.mode)
            (changed, self.content) = (entry.changed, content)
        }

        /// Whether an entry is still what was seen. The content is asked for only where the inode's own time differs:
        /// an editor can give a file back its size and its time, and a backup or `touch` changes nothing in it.
        func isStill(_ entry: TreeEntry, _ read: () -> ContentSum?) -> Bool {
            guard entry.kind != .folder, entry.mode == mode, entry.size == size else { return false }
            let isSameInode = entry.inode == inode && entry.modified == modified
            if isSameInode, changed == nil || entry.changed == changed { return true }
            guard let content, let now = read() else { return false }
            return now == content
        }
    }

    package private(set) var states: [TreePath: State] = [:]

    package init() {}

    package subscript(path: TreePath) -> State? { states[path] }

    package mutating func set(_ path: TreePath, _ state: State) { states[path] = state }

    /// The record for these changes: known paths keep their states, new ones get their present one, and paths that are
    /// no changes any more are forgotten.
    ///
    /// - Parameters:
    ///   - started: when the sandbox that made the new ones began (nanoseconds since 1970).
    ///   - content: the sum of what stands at a change's path outside.
    package func settled(
        _ changes: [Change], started: Int64, content: (Change) -> ContentSum?
    ) -> BaseRecord {
        var settled = BaseRecord()
        for change in changes {
            let isRaced = change.before.map { $0.kind != .folder && $0.changed > started } ?? false
            settled.states[change.path] =
                states[change.path] ?? (isRaced ? .unknown : State(change.before, content: content(change)))
        }
        return settled
    }

    /// The changes whose paths are not as the sandbox found them.
    package func conflicts(_ changes: [Change], content: (Change) -> ContentSum?) -> [Change] {
        changes.filter { change in
            switch states[change.path] {
            case nil: false
            case .unknown: true
            case .absent: change.before != nil
            case .folder: change.before?.kind != .folder
            case .present(let present): !(change.before.map { present.isStill($0) { content(change) } } ?? false)
            }
        }
    }
}

extension BaseRecord {
    private static let magic = Array("sandbox base 2".utf8)

    /// Records ended by zero bytes, which no path holds: the state's words and the path.
    package var encoded: [UInt8] {
        var bytes = BaseRecord.magic + [0]
        for (path, state) in states {
            let words: String =
                switch state {
                case .absent: "absent"
                case .folder: "folder"
                case .unknown: "unknown"
                case .present(let file): file.words
                }
            bytes += words.utf8
            bytes.append(0)
            bytes += path.bytes
            bytes.append(0)
        }
        return bytes
    }

    /// nil for anything but a whole record.
    package init?(encoded: [UInt8]) {
        let fields = encoded.split(separator: 0, omittingEmptySubsequences: false)
        let magics = [BaseRecord.magic, Array("sandbox base 1".utf8)]
        guard let first = fields.first, magics.contains(where: first.elementsEqual), fields.count % 2 == 0,
            fields.last?.isEmpty == true
        else { return nil }
        var index = 1
        while index + 1 < fields.count {
            guard let state = State(words: String(decoding: fields[index], as: UTF8.self)) else { return nil }
            states[TreePath(bytes: Array(fields[index + 1]))] = state
            index += 2
        }
    }
}

extension BaseRecord.State {
    fileprivate init?(words: String) {
        switch words {
        case "absent": self = .absent
        case "folder": self = .folder
        case "unknown": self = .unknown
        default:
            guard let present = BaseRecord.Present(words: words) else { return nil }
            self = .present(present)
        }
    }
}

extension BaseRecord.Present {
    fileprivate var words: String {
        "\(inode) \(size) \(modified) \(mode) \(changed.map(String.init) ?? "-") \(content?.text ?? "-")"
    }

    fileprivate init?(words: String) {
        let fields = words.split(separator: " ")
        guard fields.count == 6 || fields.count == 4, let inode = UInt64(fields[0]), let size = Int64(fields[1]),
            let modified = Int64(fields[2]), let mode = UInt32(fields[3])
        else { return nil }
        (self.inode, self.size, self.modified, self.mode) = (inode, size, modified, mode)
        if fields.count == 4 { return }  // a record of the first version
        if fields[4] != "-" {
            guard let changed = Int64(fields[4]) else { return nil }
            self.changed = changed
        }
        if fields[5] != "-" {
            guard let content = ContentSum(text: fields[5]) else { return nil }
            self.content = content
        }
    }
}
