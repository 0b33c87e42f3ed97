import Diagnostics
import Launcher
import LinuxKernel
import Review

/// `--keep NAME` of `sandbox run`, for looking at what it keeps.
struct KeptOverlay {
    let name: String
    let path: String

    /// - Throws: `notFound` where nothing is kept under the name, `unsupported` where it is an image's.
    init(_ name: String, _ stateFolder: String) throws(SandboxError) {
        self.name = name
        path = Paths.join(stateFolder, "overlays/" + name)
        guard !name.isEmpty, !name.contains("/"), name != ".", name != "..", fileExists(path + "/upper") else {
            throw SandboxError(
                .notFound, "--keep \"\(name)\": nothing is kept under that name",
                remedy: "names are the folders in \(stateFolder)/overlays")
        }
    }

    /// The tree that the changes are of.
    func lower() throws(SandboxError) -> String {
        let text: String
        do { text = try readText(path + "/lower") } catch {
            if error == .noSuchFileOrDirectory { return "/" }
            throw SandboxError(error, "read \(path)/lower")
        }
        let folders = text.split(separator: "\n").map(String.init)
        guard let only = folders.first, folders.count == 1, !only.contains("/images/layers/") else {
            throw SandboxError(
                .unsupported, "--keep \"\(name)\": these are changes of an image, which diff does not compare",
                remedy: "look at them from inside: sandbox run --image … --keep \(name) -- sh")
        }
        return only
    }

    /// Notes which tree the changes are of.
    static func note(_ launch: Launch) throws(SandboxError) {
        guard launch.registrationShell == nil, let kept = launch.kept, case .overlay(let overlay) = launch.root,
            !fileExists(kept.path + "/lower")
        else { return }
        try attempt("write \(kept.path)/lower") { () throws(Errno) in
            let file = try openPath(kept.path + "/lower", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
            try writeAll(file.raw, overlay.lower.map { $0 + "\n" }.joined())
        }
    }
}

extension Launch {
    /// A shell's changes are kept too, and are no `--keep`'s.
    fileprivate var registrationShell: String? { kept.flatMap { $0.option.hasPrefix("shell ") ? $0.path : nil } }
}

/// `sandbox diff --keep NAME`.
func diffKept(_ name: String, _ command: DiffCommand, _ style: UnifiedText.Style) throws(SandboxError) -> Int32 {
    if command.selection.project != nil {
        throw SandboxError(.invalidInput, "--keep and --project exclude each other")
    }
    let host = try callersHost()
    let kept = try KeptOverlay(name, host.stateFolder)
    let lower = try kept.lower()
    var paths: [TreePath] = []
    for path in command.selection.paths {
        let absolute = Paths.absolute(path, in: host.currentFolder ?? "/", home: "/")
        guard let inside = Paths.relative(absolute, to: "/"), let treePath = TreePath(relative: inside) else {
            throw SandboxError(.invalidInput, "\"\(path)\": no path of the root")
        }
        paths.append(treePath)
    }
    let folder = try attempt("open \(kept.path)") { () throws(Errno) in
        try openPath(kept.path, O_RDONLY | O_DIRECTORY)
    }
    do { try syscallRetrying(Int(SYS_flock), Int(folder.raw), Int(LOCK_SH | LOCK_NB)) } catch {
        if error != .wouldBlock { throw SandboxError(error, "lock \(kept.path)") }
        throw SandboxError(.wrongState, "--keep \"\(name)\": a sandbox is using it", remedy: "wait until it has ended")
    }
    return try runWithMaps(host) { () throws(SandboxError) in
        let pending = try PendingChanges.kept(upper: kept.path + "/upper", lower: lower)
        return try show(pending, paths, command, style, project: lower)
    }
}
