import Diagnostics
import Launcher
import LinuxKernel
import Review

/// What is kept for a project in the state folder: a shell, or what its builds have changed.
struct ProjectState: Equatable {
    enum Kind: String { case shell, build }

    enum Presence: String {
        case there
        /// Nothing is at the project's path.
        case gone
        /// Who may not look cannot tell; nor can a shell made by an older version.
        case unknown
    }

    var kind: Kind
    /// Of its folder in the state folder.
    var key: String
    var path: String
    /// The folder it belongs to, without links.
    var project: String?
    /// The project's folder as the file system knows it, wherever it is moved on its disk.
    var identity: ProjectIdentity?
    /// When it was last used, in seconds since 1970.
    var used: Int64

    /// A shell's own name; a key has it behind its first dot.
    var shell: String {
        key.split(separator: ".", maxSplits: 1).dropFirst().first.map(String.init) ?? ShellFolder.defaultShell
    }

    var presence: Presence {
        guard let project else { return .unknown }
        do throws(Errno) { _ = try fileStatus(project) } catch {
            return error == .noSuchFileOrDirectory || error == .notDirectory ? .gone : .unknown
        }
        return .there
    }

    /// All there are, by project.
    static func all(_ stateFolder: String) throws(SandboxError) -> [ProjectState] {
        var states: [ProjectState] = []
        for (kind, folder) in [(Kind.shell, stateFolder + "/shells"), (.build, stateFolder + "/builds")] {
            guard fileExists(folder) else { continue }
            let keys = try attempt("list \(folder)") { () throws(Errno) in
                try directoryEntries(of: openPath(folder, O_RDONLY | O_DIRECTORY))
            }
            for key in keys { if let state = read(kind, key, folder + "/" + key) { states.append(state) } }
        }
        return states.sorted {
            ($0.project ?? "~", $0.kind.rawValue, $0.key) < ($1.project ?? "~", $1.kind.rawValue, $1.key)
        }
    }

    /// nil for what is no folder of ours.
    private static func read(_ kind: Kind, _ key: String, _ path: String) -> ProjectState? {
        guard let status = try? fileStatus(at: nil, path, follow: false), status.isDirectory else { return nil }
        let origin = ProjectOrigin.read(in: path)
        var project = origin?.project
        // The link is what the overlay is mounted through.
        if kind == .build { project = try? readLink(path + "/project") }
        var used = Int64(status.st_mtim.tv_sec)
        for name in ["started", "lock", "upper", "home"] {
            guard let status = try? fileStatus(at: nil, path + "/" + name, follow: false) else { continue }
            used = max(used, Int64(status.st_mtim.tv_sec))
        }
        return ProjectState(
            kind: kind, key: key, path: path, project: project, identity: origin?.identity, used: used)
    }

    /// `2026-11-21`
    var usedText: String {
        var seconds = time_t(used)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(1900 + parts.tm_year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }
}

/// The number of a project's folder, which stays when it is renamed.
struct ProjectIdentity: Equatable {
    var device: UInt64
    var inode: UInt64

    /// nil where there is none to be had.
    init?(_ project: String) {
        guard let status = try? fileStatus(project) else { return nil }
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    init?(text: Substring) {
        let numbers = text.split(separator: ":").compactMap { UInt64($0) }
        guard numbers.count == 2 else { return nil }
        (device, inode) = (numbers[0], numbers[1])
    }

    var text: String { "\(device):\(inode)" }
}

/// The file `origin` beside a project's state: which folder it belongs to.
struct ProjectOrigin {
    var project: String
    var identity: ProjectIdentity?

    private static let name = "/origin"

    /// nil where there is none that can be read.
    static func read(in folder: String) -> ProjectOrigin? {
        guard let text = try? readText(folder + name), text.hasSuffix("\n") else { return nil }
        let parts = text.dropLast().split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix("/") else { return nil }
        return ProjectOrigin(project: String(parts[1]), identity: ProjectIdentity(text: parts[0]))
    }

    /// Writes it where it is missing, or says something else.
    static func note(_ project: String, in folder: String) throws(SandboxError) {
        let identity = ProjectIdentity(project)
        if let there = read(in: folder), there.project == project, there.identity == identity { return }
        try attempt("write \(folder)\(name)") { () throws(Errno) in
            let temporary = "\(folder)\(name).new"
            let file = try openPath(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
            try writeAll(file.raw, "\(identity?.text ?? "-")\n\(project)\n")
            try rename(temporary, folder + name)
        }
    }
}

/// For a project without state of a kind: where its state is, if its folder had another path before.
func movedHint(_ project: String, _ kind: ProjectState.Kind, _ stateFolder: String) -> String? {
    // What cannot be listed is no reason to fail: the project begins anew, as it would without a hint.
    guard let identity = ProjectIdentity(project), let states = try? ProjectState.all(stateFolder),
        let state = states.first(where: {
            $0.kind == kind && $0.identity == identity && $0.project != project && $0.presence == .gone
        }), let old = state.project
    else { return nil }
    let what = kind == .shell ? "a shell of this project is" : "what builds of this project have changed is"
    return "\(what) kept from when it was at \(old) (hint: sandbox adopt \(quotedWord(old)) takes it over)"
}

/// A word as a shell takes it.
func quotedWord(_ word: String) -> String {
    let isPlain =
        !word.isEmpty
        && word.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "/._-+@:,".utf8.contains(byte)
        }
    return isPlain
        ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
