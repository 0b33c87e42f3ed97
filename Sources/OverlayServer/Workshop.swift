import Diagnostics
import LinuxKernel
import OverlayModel
import Synchronization

/// The work folder: where files are made before a rename puts them in place, and the index of files with several
/// names.
///
/// `stage` is emptied at start: what a killed server left there was never part of the tree.
final class Workshop: Sendable {
    let upper: CInt
    let stage: CInt
    let index: FolderHandle
    /// Whiteouts are 0:0 devices; otherwise `.wh.` names.
    let makesDevices: Bool
    /// Whether `.wh.` names in the upper are whiteouts: in one that somebody else began, or where devices fail.
    let believesNames: Bool
    let renamesToWhiteout: Bool
    let hasIndexEntries: Atomic<Bool>
    private let counter = Atomic<UInt64>(0)
    private static let shared: [CChar] = text("whiteout")
    static let opaqueAttribute = "user.overlay.opaque"

    init(upper: CInt, work: CInt) throws(SandboxError) {
        self.upper = upper
        stage = try attempt("make the work folder's stage") { () throws(Errno) in
            try Self.subfolder(work, "stage").release()
        }
        let index = try attempt("make the work folder's index") { () throws(Errno) in
            try Self.subfolder(work, "index")
        }
        Self.empty(stage)
        hasIndexEntries = Atomic(Self.hasEntries(index.raw))
        self.index = FolderHandle(index)
        makesDevices = Self.canMakeDevice(stage)
        renamesToWhiteout = makesDevices && Self.canRename(stage)
        believesNames = try attempt("read the upper folder") { [makesDevices] () throws(Errno) in
            try !Self.isOurs(upper, work, makesDevices: makesDevices)
        }
    }

    /// For an upper that is the whole tree: nothing is ever staged.
    init(writingThrough upper: CInt) throws(SandboxError) {
        self.upper = upper
        stage = -1
        index = FolderHandle(
            try attempt("open the tree") { () throws(Errno) in try openPath(at: upper, ".", O_PATH | O_DIRECTORY) })
        hasIndexEntries = Atomic(false)
        (makesDevices, believesNames, renamesToWhiteout) = (true, false, false)
    }

    deinit { if stage >= 0 { close(stage) } }

    static func text(_ string: String) -> [CChar] { Array(string.utf8CString) }

    private static func subfolder(_ work: CInt, _ name: String) throws(Errno) -> Descriptor {
        do throws(Errno) { try LinuxKernel.makeDirectory(at: work, name, mode: 0o700) } catch .fileExists {}
        return try openPath(at: work, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }

    /// Whether an upper was begun by this overlay with devices for whiteouts: then `.wh.` names in it are plain names.
    private static func isOurs(_ upper: CInt, _ work: CInt, makesDevices: Bool) throws(Errno) -> Bool {
        guard makesDevices else { return false }
        if fileExists(at: work, "format-devices") { return true }
        let listing = try openPath(at: upper, ".", O_RDONLY | O_DIRECTORY)
        if hasEntries(listing.raw) { return false }
        _ = try openPath(at: work, "format-devices", O_WRONLY | O_CREAT, mode: 0o600)
        return true
    }

    private static func hasEntries(_ folder: CInt) -> Bool {
        do throws(Errno) {
            try forEachEntry(of: folder) { (_) throws(Errno) in throw .fileExists }
            return false
        } catch {
            return true
        }
    }

    private static func canMakeDevice(_ stage: CInt) -> Bool {
        do throws(Errno) {
            try makeNode(at: stage, shared, mode: S_IFCHR | 0o000, device: 0)
            return true
        } catch {
            return false
        }
    }

    private static func canRename(_ stage: CInt) -> Bool {
        let (from, to) = (text("probe-from"), text("probe-to"))
        do throws(Errno) {
            _ = try openEntry(at: stage, from, O_WRONLY | O_CREAT, mode: 0o600)
            try renameEntry(at: stage, from, to: stage, to, .whiteout)
            let left = try entryStatus(at: stage, from)
            try removeEntry(at: stage, from)
            try removeEntry(at: stage, to)
            return isWhiteout(left)
        } catch {
            empty(stage, keeping: shared)
            return false
        }
    }

    /// Removes what is in a folder, and what is in its folders. What cannot be removed stays.
    static func empty(_ folder: CInt, keeping kept: [CChar]? = nil) {
        var names: [[CChar]] = []
        guard let listing = try? openPath(at: folder, ".", O_RDONLY | O_DIRECTORY) else { return }
        try? forEachEntry(of: listing.raw) { (entry) throws(Errno) in
            names.append(Array(UnsafeBufferPointer(start: entry.name, count: strlen(entry.name) + 1)))
        }
        for name in names where name != kept {
            do throws(Errno) {
                try removeEntry(at: folder, name)
            } catch .isDirectory {
                if let inner = try? openEntry(at: folder, name, O_RDONLY | O_DIRECTORY) { empty(inner.raw) }
                try? removeEntry(at: folder, name, folder: true)
            } catch {}
        }
    }

    /// A name no other call gets.
    func temporaryName() -> [CChar] {
        Self.text("t\(counter.add(1, ordering: .relaxed).newValue)")
    }

    /// Puts a whiteout where the upper has nothing.
    func putWhiteout(_ folder: CInt, _ name: [CChar]) throws(Errno) {
        guard makesDevices else {
            _ = try openEntry(at: folder, WhiteoutName.of(name), O_WRONLY | O_CREAT, mode: 0o600)
            return
        }
        do throws(Errno) {
            try linkEntry(at: stage, Self.shared, to: folder, name)
        } catch .tooManyLinks {
            try makeNode(at: folder, name, mode: S_IFCHR, device: 0)
            renewShared()
        } catch .noSuchFileOrDirectory, .improperLink, .notPermitted {
            try makeNode(at: folder, name, mode: S_IFCHR, device: 0)
        }
    }

    /// A new inode for the next whiteouts, the old one having as many links as it can.
    private func renewShared() {
        let name = temporaryName()
        guard (try? makeNode(at: stage, name, mode: S_IFCHR, device: 0)) != nil else { return }
        try? renameEntry(at: stage, name, to: stage, Self.shared)
    }

    /// Replaces the upper's file by a whiteout, in one step where whiteouts are devices.
    func replaceByWhiteout(_ folder: CInt, _ name: [CChar]) throws(Errno) {
        guard makesDevices else {
            try putWhiteout(folder, name)
            return try removeEntry(at: folder, name)
        }
        let temporary = temporaryName()
        try putWhiteout(stage, temporary)
        do throws(Errno) {
            try renameEntry(at: stage, temporary, to: folder, name)
        } catch {
            try? removeEntry(at: stage, temporary)
            throw error
        }
    }

    /// Takes a folder that shows nothing out of the upper, with the whiteouts in it, and leaves a whiteout if asked.
    func takeFolder(_ folder: CInt, _ name: [CChar], leavingWhiteout: Bool) throws(Errno) {
        let temporary = temporaryName()
        if !leavingWhiteout {
            try renameEntry(at: folder, name, to: stage, temporary)
        } else if renamesToWhiteout {
            try renameEntry(at: folder, name, to: stage, temporary, .whiteout)
        } else if makesDevices {
            try putWhiteout(stage, temporary)
            try renameEntry(at: stage, temporary, to: folder, name, .exchange)
        } else {
            try putWhiteout(folder, name)
            try renameEntry(at: folder, name, to: stage, temporary)
        }
        discardFolder(temporary)
    }

    /// Removes a folder from the stage; what stays behind goes at the next start.
    func discardFolder(_ name: [CChar]) {
        if let inner = try? openEntry(at: stage, name, O_RDONLY | O_DIRECTORY) { Self.empty(inner.raw) }
        try? removeEntry(at: stage, name, folder: true)
    }

    /// Marks a folder so that nothing below it shows through.
    func makeOpaque(_ folder: CInt, _ name: [CChar]) throws(Errno) {
        do throws(Errno) {
            try setAttribute(at: folder, name, Self.opaqueAttribute, [0x79])
        } catch .notSupported, .notPermitted {
            let inner = try openEntry(at: folder, name, O_PATH | O_DIRECTORY)
            _ = try openEntry(at: inner.raw, WhiteoutName.opaque, O_WRONLY | O_CREAT, mode: 0o600)
        }
    }
}
