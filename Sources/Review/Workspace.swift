import Diagnostics
import LinuxKernel

/// What a project's builds have changed, kept beside the project until it is taken over or dropped.
///
/// `STATE/builds/NAME` holds `upper` and `work` of the overlay over the project, the builds' `home`, the record of what
/// the changes are based on (`base`), when the last build began (`started`), what the last apply overwrote (`undo`), and
/// `project`, a link to the project: the overlay is mounted through it, so that no name in the project's path can be
/// taken for a mount option.
package struct Workspace: ~Copyable {
    package let folder: String
    /// The project's path without links.
    package let project: String
    let root: Descriptor
    let lock: Descriptor

    package enum Access: Equatable, Sendable {
        case reading
        /// `what` is told to whoever comes meanwhile.
        case writing(String)
    }

    package var upper: String { folder + "/upper" }
    package var work: String { folder + "/work" }
    package var home: String { folder + "/home" }
    /// Leads to the project.
    package var lower: String { folder + "/project" }

    /// Where the workspace of a project is: its last name for people, and a number for the whole path.
    package static func folder(of project: String, state: String) -> String {
        "\(state)/builds/\(nameForPath(project))"
    }

    /// Opens a project's workspace and locks it as long as this value lives; nil when there is none.
    package static func open(_ project: String, state: String, _ access: Access) throws(SandboxError) -> Workspace? {
        let folder = folder(of: project, state: state)
        let opened = try attempt("open \(folder)") { () throws(Errno) in try openIfThere(folder) }
        guard let root = opened else { return nil }
        return try locked(folder, project, root, access)
    }

    /// Opens a project's workspace for a build, and makes it if it is missing.
    package static func make(_ project: String, state: String) throws(SandboxError) -> Workspace {
        let folder = folder(of: project, state: state)
        if folder.utf8.contains(where: { [UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "\\")].contains($0) }) {
            throw SandboxError(
                .unsupported, "the state folder \"\(state)\": a comma, colon or backslash in it cannot be mounted",
                remedy: "name another one with XDG_STATE_HOME")
        }
        var path = ""
        for name in folder.split(separator: "/") {
            path += "/" + name
            do throws(Errno) { try makeDirectory(path, mode: 0o700) } catch {
                // A parent that exists may refuse with another error first (a read-only or foreign folder).
                if error != .fileExists && !fileExists(path) { throw SandboxError(error, "make \(path)") }
            }
        }
        let root = try attempt("open \(folder)") { () throws(Errno) in
            try openPath(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        }
        return try locked(folder, project, root, .writing("a build"))
    }

    private init(_ folder: String, _ project: String, root: consuming Descriptor, lock: consuming Descriptor) {
        self.folder = folder
        self.project = project
        self.root = root
        self.lock = lock
    }

    private static func locked(
        _ folder: String, _ project: String, _ root: consuming Descriptor, _ access: Access
    ) throws(SandboxError) -> Workspace {
        let raw = root.raw
        let lock = try attempt("open \(folder)/lock") { () throws(Errno) in
            try openPath(at: raw, "lock", O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        }
        let workspace = Workspace(folder, project, root: root, lock: lock)
        try workspace.takeLock(access)
        try workspace.linkProject()
        if case .writing = access { try workspace.sweep() }
        return workspace
    }

    /// Two projects can have one number; the second one is refused rather than mixed up with the first.
    private func linkProject() throws(SandboxError) {
        let target = try attempt("make \(lower)") { () throws(Errno) in
            do throws(Errno) { try makeSymbolicLink(to: project, at: root.raw, "project") } catch {
                if error != .fileExists { throw error }
            }
            return try readLink(at: root.raw, "project")
        }
        guard target.utf8.elementsEqual(project.utf8) else {
            throw SandboxError(
                .alreadyExists, "\(folder) belongs to another project, \(target)",
                remedy: "remove it, if that project is gone")
        }
    }

    private func takeLock(_ access: Access) throws(SandboxError) {
        do throws(Errno) {
            switch access {
            case .reading: try syscallRetrying(Int(SYS_flock), Int(lock.raw), Int(LOCK_SH | LOCK_NB))
            case .writing(let what):
                try lockFile(lock.raw, wait: false)
                try syscallRetrying(Int(SYS_ftruncate), Int(lock.raw), 0)
                try writeAll(lock.raw, "\(what), process \(getpid())")
            }
        } catch {
            guard error == .wouldBlock else { throw SandboxError(error, "lock \(folder)") }
            // Nothing stands there while somebody only reads.
            let holder = (try? readText(at: root.raw, "lock")) ?? ""
            throw SandboxError(
                .wrongState,
                "the changes of \(project) are in use: \(holder.isEmpty ? "somebody looks at them" : holder)",
                remedy: "wait for its end, or end it")
        }
    }

    /// What a discard that was killed left behind.
    func sweep() throws(SandboxError) {
        try attempt("sweep \(folder)") { () throws(Errno) in
            for name in try entryNames(root.raw).map({ String(decoding: bytes($0), as: UTF8.self) })
            where name.hasPrefix("trash") { try removeFolder(at: root.raw, name) }
        }
    }
}
