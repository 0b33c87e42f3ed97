import Diagnostics
import LinuxKernel

/// `undo` of a workspace: the journal of the last apply, what stood at each path before it, and after.
struct UndoFolder: ~Copyable {
    let folder: Descriptor
    let before: Descriptor
    let after: Descriptor
    let journal: Descriptor

    /// A new one in place of the last, which goes to the trash.
    static func begin(_ root: CInt) throws(Errno) -> UndoFolder {
        do throws(Errno) { try rename(at: root, "undo", to: root, "trash.undo.\(getpid())") } catch {
            if error != .noSuchFileOrDirectory { throw error }
        }
        // It gets its name only with a journal in it.
        let temporary = "trash.begin.\(getpid())"
        try makeDirectory(at: root, temporary, mode: 0o700)
        let folder = try openPath(at: root, temporary, O_RDONLY | O_DIRECTORY)
        for name in ["before", "after"] { try makeDirectory(at: folder.raw, name, mode: 0o700) }
        let journal = try openPath(at: folder.raw, "journal", O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        try writeAll(journal.raw, ApplyJournal(process: getpid()).header)
        try rename(at: root, temporary, to: root, "undo")
        return try UndoFolder(folder, journal)
    }

    /// The last apply's; nil when there is none.
    static func open(_ root: CInt) throws(Errno) -> UndoFolder? {
        guard let folder = try openIfThere(at: root, "undo") else { return nil }
        let journal = try openPath(at: folder.raw, "journal", O_RDONLY | O_NOFOLLOW)
        return try UndoFolder(folder, journal)
    }

    private init(_ folder: consuming Descriptor, _ journal: consuming Descriptor) throws(Errno) {
        let before = try openPath(at: folder.raw, "before", O_RDONLY | O_DIRECTORY)
        let after = try openPath(at: folder.raw, "after", O_RDONLY | O_DIRECTORY)
        self.before = before
        self.after = after
        self.folder = folder
        self.journal = journal
    }

    func temporaryName(_ index: Int) -> [CChar] { ApplyJournal(process: getpid()).temporaryName(index) }

    func read() throws(SandboxError) -> ApplyJournal {
        let bytes = try attempt("read the journal of the last apply") { () throws(Errno) in
            try readFile(at: folder.raw, "journal", limit: 1 << 30)
        }
        guard let journal = ApplyJournal(encoded: bytes) else {
            throw SandboxError(.invalidInput, "the journal of the last apply is damaged")
        }
        return journal
    }
}

/// A folder, no link to one; nil when nothing is there.
func openIfThere(at parent: CInt? = nil, _ path: String) throws(Errno) -> Descriptor? {
    do throws(Errno) { return try openPath(at: parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) } catch {
        if error == .noSuchFileOrDirectory { return nil }
        throw error
    }
}
