import Diagnostics
import LinuxKernel

/// Both trees of a workspace, open, with what differs between them.
package struct PendingChanges: ~Copyable {
    package let upper: Descriptor
    package let lower: Descriptor
    package var changes: [Change]
    package var base: BaseRecord

    /// Those whose paths have changed outside since the sandbox changed them.
    package var conflicts: [Change] {
        let raw = lower.raw
        return base.conflicts(changes) { contentSum(raw, $0) }
    }

    /// The sum of what stands at a change's path outside; nil where that cannot be read.
    func content(_ change: Change) -> ContentSum? { contentSum(lower.raw, change) }

    /// Where an added or changed symbolic link leads.
    package func target(_ change: Change) throws(SandboxError) -> [UInt8]? {
        guard change.after?.kind == .link else { return nil }
        return try attempt("read \(change.path.quoted())") { () throws(Errno) in
            let folder = try openFolder(upper.raw, change.path.parent)
            return try readLink(at: folder.raw, change.path.entryName)
        }
    }
}

extension Workspace {
    /// Makes the folders that a build needs and notes when it begins.
    package func beginBuild() throws(SandboxError) {
        try attempt("prepare \(folder)") { () throws(Errno) in
            let mode = try fileStatus(lower).st_mode & 0o777
            for name in ["upper", "work", "home"] {
                do throws(Errno) { try makeDirectory(at: root.raw, name, mode: 0o700) } catch {
                    if error != .fileExists { throw error }
                }
            }
            try prepareServedWork()
            // The upper folder stands for the project's own.
            try setMode(at: root.raw, "upper", mode | 0o700)
            try replace("started", Array("\(coarseNow())\n".utf8))
        }
    }

    /// The work folder of the server that shows the project where rules hide something of it: empty for each build, since
    /// it knows of copied files by inodes that may be others by now, and marked, so that no name is taken for a whiteout.
    private func prepareServedWork() throws(Errno) {
        let name = "served-work"
        if fileExists(at: root.raw, name) { try removeFolder(at: root.raw, name) }
        try makeDirectory(at: root.raw, name, mode: 0o700)
        _ = try openPath(at: root.raw, name + "/format-devices", O_WRONLY | O_CREAT, mode: 0o600)
    }

    /// Everything that differs now, and what it is based on.
    package func review() throws(SandboxError) -> PendingChanges {
        allowManyFiles()
        let lower = try attempt("open the project \(project)") { () throws(Errno) in
            try openPath(at: root.raw, "project", O_RDONLY | O_DIRECTORY)
        }
        let opened = try attempt("open \(self.upper)") { () throws(Errno) in
            try openIfThere(at: root.raw, "upper")
        }
        guard let upper = opened else {
            // Discarded: nothing has changed.
            let same = try attempt("open the project") { () throws(Errno) in try lower.duplicate() }
            return PendingChanges(upper: same, lower: lower, changes: [], base: BaseRecord())
        }
        let changes = try within(project) { () throws(SandboxError) in
            try LayerScan.changes(upper: upper.raw, lower: lower.raw)
        }
        let base = try settledBase(changes, lower.raw)
        return PendingChanges(upper: upper, lower: lower, changes: changes, base: base)
    }

    private func settledBase(_ changes: [Change], _ lower: CInt) throws(SandboxError) -> BaseRecord {
        let stored = try storedBase()
        return stored.settled(changes, started: try started()) { contentSum(lower, $0) }
    }

    /// Writes down what the changes are based on; to be called when a sandbox has ended.
    package func settle(_ review: borrowing PendingChanges) throws(SandboxError) {
        let bytes = review.base.encoded
        try attempt("write \(folder)/base") { () throws(Errno) in try replace("base", bytes) }
    }

    /// Drops all changes, and keeps what the last apply overwrote.
    package func discard() throws(SandboxError) {
        try attempt("discard the changes of \(project)") { () throws(Errno) in
            let trash = "trash.\(getpid())"
            try makeDirectory(at: root.raw, trash, mode: 0o700)
            for name in ["upper", "base", "started", "work", "served-work", "home"] {
                do throws(Errno) { try rename(at: root.raw, name, to: root.raw, "\(trash)/\(name)") } catch {
                    if error != .noSuchFileOrDirectory { throw error }
                }
            }
            try removeFolder(at: root.raw, trash)
        }
    }

    private func storedBase() throws(SandboxError) -> BaseRecord {
        let bytes: [UInt8]
        do { bytes = try readFile(at: root.raw, "base", limit: 1 << 30) } catch {
            if error == .noSuchFileOrDirectory { return BaseRecord() }
            throw SandboxError(error, "read \(folder)/base")
        }
        guard let base = BaseRecord(encoded: bytes) else {
            throw SandboxError(.invalidInput, "\(folder)/base: damaged", remedy: "sandbox discard")
        }
        return base
    }

    /// Without the file no build has begun: then every version is older.
    private func started() throws(SandboxError) -> Int64 {
        do throws(Errno) {
            let text = try readText(at: root.raw, "started")
            return Int64(text.split(separator: "\n").first ?? "") ?? 0
        } catch {
            if error == .noSuchFileOrDirectory { return .max }
            throw SandboxError(error, "read \(folder)/started")
        }
    }

    /// Puts a file in place whole.
    func replace(_ name: String, _ bytes: [UInt8]) throws(Errno) {
        let temporary = "\(name).new"
        let file = try openPath(at: root.raw, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        try writeAll(file.raw, bytes)
        try rename(at: root.raw, temporary, to: root.raw, name)
    }
}

private func contentSum(_ lower: CInt, _ change: Change) -> ContentSum? {
    guard let before = change.before else { return nil }
    // Who cannot read it cannot tell whether it is the same later: then it counts as changed.
    do throws(Errno) { return try ContentSum.read(lower, change.path, before) } catch { return nil }
}

/// The clock that the kernel sets files' times by.
private func coarseNow() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    return TreeEntry.nanoseconds(now)
}

/// Folders within folders take a descriptor each.
private func allowManyFiles() {
    do throws(Errno) {
        let limit = try resourceLimit(CInt(RLIMIT_NOFILE.rawValue))
        try setResourceLimit(CInt(RLIMIT_NOFILE.rawValue), soft: min(limit.hard, 1 << 20), hard: limit.hard)
    } catch {}  // the present limit is enough for most trees, and running out of it is reported
}
