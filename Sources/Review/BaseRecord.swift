/// What each changed path of the project looked like when the sandbox changed it: when it looks different later,
/// somebody outside has changed it too, and taking the sandbox's version over would undo that.
package struct BaseRecord: Equatable, Sendable {
    /// The state of one path of the project.
    package enum State: Equatable, Sendable {
        case absent
        /// Without the inode's own time, which also changes when somebody makes a hard link, as backups do.
        case present(inode: UInt64, size: Int64, modified: Int64, mode: UInt32)
        /// A folder: what is in it has states of its own.
        case folder
        /// It changed outside while the sandbox was at work: which version the sandbox saw is not known.
        case unknown

        package init(_ entry: TreeEntry?) {
            guard let entry else {
                self = .absent
                return
            }
            self =
                entry.kind == .folder
                ? .folder
                : .present(inode: entry.inode, size: entry.size, modified: entry.modified, mode: entry.mode)
        }
    }

    package private(set) var states: [TreePath: State] = [:]

    package init() {}

    package subscript(path: TreePath) -> State? { states[path] }

    package mutating func set(_ path: TreePath, _ state: State) { states[path] = state }

    /// The record for these changes: known paths keep their states, new ones get their present one, and paths that are
    /// no changes any more are forgotten.
    ///
    /// - Parameter started: when the sandbox that made the new ones began (nanoseconds since 1970).
    package func settled(_ changes: [Change], started: Int64) -> BaseRecord {
        var settled = BaseRecord()
        for change in changes {
            let isRaced = change.before.map { $0.kind != .folder && $0.changed > started } ?? false
            settled.states[change.path] = states[change.path] ?? (isRaced ? .unknown : State(change.before))
        }
        return settled
    }

    /// The changes whose paths are not as the sandbox found them.
    package func conflicts(_ changes: [Change]) -> [Change] {
        changes.filter { change in states[change.path].map { $0 != State(change.before) } ?? false }
    }
}

extension BaseRecord {
    private static let magic = Array("sandbox base 1".utf8)

    /// Records ended by zero bytes, which no path holds: the state's words and the path.
    package var encoded: [UInt8] {
        var bytes = BaseRecord.magic + [0]
        for (path, state) in states {
            let words: String =
                switch state {
                case .absent: "absent"
                case .folder: "folder"
                case .unknown: "unknown"
                case .present(let inode, let size, let modified, let mode): "\(inode) \(size) \(modified) \(mode)"
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
        guard fields.first.map({ $0.elementsEqual(BaseRecord.magic) }) == true, fields.count % 2 == 0,
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
            let numbers = words.split(separator: " ")
            guard numbers.count == 4, let inode = UInt64(numbers[0]), let size = Int64(numbers[1]),
                let modified = Int64(numbers[2]), let mode = UInt32(numbers[3])
            else { return nil }
            self = .present(inode: inode, size: size, modified: modified, mode: mode)
        }
    }
}
