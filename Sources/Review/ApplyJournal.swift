/// What an apply has done, so that it can be undone: one step before each thing it does to the project.
package struct ApplyJournal: Equatable, Sendable {
    package struct Step: Equatable, Sendable {
        package enum Action: String, Equatable, Sendable {
            /// A file or link was put at the path, over what was there, if `before` is not nil.
            case put
            case delete
            case makeFolder = "make-folder"
            case removeFolder = "remove-folder"
            case setMode = "set-mode"
        }

        package var action: Action
        package var path: TreePath
        /// The mode it had, and the one it got; nil where nothing was, or is.
        package var before: UInt32?
        package var after: UInt32?
        package var isFolder: Bool

        package init(_ action: Action, _ path: TreePath, before: UInt32?, after: UInt32?, isFolder: Bool = false) {
            self.action = action
            self.path = path
            self.before = before
            self.after = after
            self.isFolder = isFolder
        }
    }

    package var process: Int32
    package var steps: [Step] = []
    /// The apply came to its end.
    package var isComplete = false

    package init(process: Int32) { self.process = process }

    /// The name under which step `index` prepares what it puts in place.
    package func temporaryName(_ index: Int) -> [CChar] {
        Array(".sandbox-apply.\(process).\(index)".utf8CString)
    }
}

extension ApplyJournal {
    private static let magic = "sandbox apply 1"
    private static let end = "end"

    package var header: [UInt8] { ApplyJournal.record(["\(ApplyJournal.magic) \(process)"], .root) }
    package static var footer: [UInt8] { record([end], .root) }

    package static func encoded(_ step: Step) -> [UInt8] {
        func octal(_ mode: UInt32?) -> String { mode.map { String($0, radix: 8) } ?? "-" }
        return record(
            [step.action.rawValue, octal(step.before), octal(step.after), step.isFolder ? "folder" : "file"], step.path)
    }

    private static func record(_ words: [String], _ path: TreePath) -> [UInt8] {
        Array(words.joined(separator: " ").utf8) + [0] + path.bytes + [0]
    }

    /// Reads what was written; a last record that is not whole was not acted upon. nil for anything else than a journal.
    package init?(encoded: [UInt8]) {
        var fields = encoded.split(separator: 0, omittingEmptySubsequences: false)
        fields.removeLast()
        guard fields.count >= 2 else { return nil }
        let first = String(decoding: fields[0], as: UTF8.self)
        guard first.hasPrefix(ApplyJournal.magic + " "),
            let process = Int32(first.dropFirst(ApplyJournal.magic.count + 1))
        else { return nil }
        self.process = process
        var index = 2
        while index + 1 < fields.count {
            let words = String(decoding: fields[index], as: UTF8.self).split(separator: " ")
            if words.count == 1, words[0] == ApplyJournal.end {
                isComplete = true
            } else {
                guard let step = Step(words, TreePath(bytes: Array(fields[index + 1]))) else { return nil }
                steps.append(step)
            }
            index += 2
        }
    }
}

extension ApplyJournal.Step {
    fileprivate init?(_ words: [Substring], _ path: TreePath) {
        guard words.count == 4, let action = Action(rawValue: String(words[0])) else { return nil }
        self.init(
            action, path, before: UInt32(words[1], radix: 8), after: UInt32(words[2], radix: 8),
            isFolder: words[3] == "folder")
    }
}
