import ContainerPlan
import Diagnostics
import LinuxKernel

/// The root of a container that is being built, and the only way its paths are walked: every path is resolved inside
/// it by descriptor, so no link in it can lead outside (CVE-2021-30465 and its like).
struct ContainerRoot: ~Copyable {
    let descriptor: Descriptor

    /// Opens `path` inside the root, links followed within it.
    func open(_ path: String, _ flags: CInt, mode: mode_t = 0) throws(Errno) -> Descriptor {
        let relative = path.drop { $0 == "/" }
        let name = relative.isEmpty ? "." : String(relative)
        do {
            return try openPath(at: descriptor.raw, name, flags, mode: mode, resolve: .insideRoot)
        } catch {
            guard error == .noFunction || error == .notPermitted else { throw error }
            return try walk(name, flags, mode: mode)
        }
    }

    /// Whether `place` is in the root's own mount, not in one on top of it.
    func holds(_ place: borrowing Descriptor) throws(Errno) -> Bool {
        guard let own = try mountID(descriptor.raw) else { return false }
        return try mountID(place.raw) == own
    }

    /// Learns the root's entries in one answer.
    func prefetch() throws(Errno) {
        let folder = try open("/", O_RDONLY | O_DIRECTORY)
        try prefetchEntries(of: folder.raw)
    }

    /// Opens the place where something is to be mounted, without opening the file itself.
    func place(_ path: String, followLast: Bool = true) throws(Errno) -> Descriptor {
        try open(path, O_PATH | (followLast ? 0 : O_NOFOLLOW))
    }

    enum PlaceKind { case directory, file }

    /// Opens the place at `path` and makes it, with all folders on the way, when it is missing.
    func ensure(_ path: String, _ kind: PlaceKind, followLast: Bool = true) throws(SandboxError) -> Descriptor {
        do { return try place(path, followLast: followLast) } catch {
            guard error == .noSuchFileOrDirectory else { throw SandboxError(error, "open \(path) in the root") }
        }
        try make(path, kind, linksLeft: 40)
        return try attempt("open \(path) in the root") { () throws(Errno) in try place(path, followLast: followLast) }
    }

    private func make(_ path: String, _ kind: PlaceKind, linksLeft: Int) throws(SandboxError) {
        guard linksLeft > 0 else { throw SandboxError(.tooManySymbolicLinkLevels, "make \(path) in the root") }
        let parts = path.split(separator: "/").filter { $0 != "." }
        var parent = try attempt("open the root") { () throws(Errno) in try open("/", O_PATH | O_DIRECTORY) }
        for (index, part) in parts.enumerated() {
            let name = String(part)
            let prefix = joined(parts[...index])
            let isLast = index == parts.count - 1
            do {
                parent = try place(prefix)
                continue
            } catch {
                guard error == .noSuchFileOrDirectory else { throw SandboxError(error, "open /\(prefix) in the root") }
            }
            // A dangling link: what it points at is made instead, as engines expect of /etc/resolv.conf.
            if let target = linkText(parent.raw, name) {
                let folder = joined(parts[..<index])
                let rest = parts[(index + 1)...].map { "/" + $0 }.joined()
                let next = normalized(absolutePath(target, in: "/" + folder) + rest)
                return try make(next, kind, linksLeft: linksLeft - 1)
            }
            if isLast && kind == .file {
                try attempt("create /\(prefix) in the root") { () throws(Errno) in
                    _ = try openPath(at: parent.raw, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
                }
                return
            }
            try makeFolder(parent.raw, name, prefix)
            parent = try attempt("open /\(prefix) in the root") { () throws(Errno) in
                try openPath(at: parent.raw, name, O_PATH | O_NOFOLLOW)
            }
        }
    }

    private func joined(_ parts: ArraySlice<Substring>) -> String {
        var path = ""
        for part in parts {
            if !path.isEmpty { path += "/" }
            path += String(part)
        }
        return path
    }

    private func makeFolder(_ parent: CInt, _ name: String, _ prefix: String) throws(SandboxError) {
        do { try makeDirectory(at: parent, name) } catch {
            if error == .fileExists { return }
            throw SandboxError(error, "make the folder /\(prefix) in the root")
        }
    }

    private func linkText(_ parent: CInt, _ name: String) -> String? {
        // Not a link, or not there: both mean that there is no text to follow.
        do { return try readLink(at: parent, name) } catch { return nil }
    }

    /// The same resolution for kernels before 5.6 and filters that refuse openat2(2): one component at a time, each
    /// opened without following links, links spliced in by hand.
    private func walk(_ path: String, _ flags: CInt, mode: mode_t) throws(Errno) -> Descriptor {
        var pending = path.split(separator: "/").map(String.init).reversed().map { $0 }
        var trail: [CInt] = []
        defer { for raw in trail { close(raw) } }
        var links = 0
        while let name = pending.popLast() {
            let here = trail.last ?? descriptor.raw
            if name == "." { continue }
            if name == ".." {
                if let raw = trail.popLast() { close(raw) }
                continue
            }
            let isLast = pending.isEmpty
            let link = try isLast && flags & O_NOFOLLOW != 0 ? nil : symbolicLink(here, name)
            if let link {
                links += 1
                if links > 40 { throw .tooManySymbolicLinkLevels }
                if link.hasPrefix("/") {
                    for raw in trail { close(raw) }
                    trail = []
                }
                pending += link.split(separator: "/").map(String.init).reversed()
                continue
            }
            if isLast { return try openPath(at: here, name, flags | O_NOFOLLOW, mode: mode) }
            trail.append(try openPath(at: here, name, O_PATH | O_NOFOLLOW | O_DIRECTORY).release())
        }
        return try openPath(at: trail.last ?? descriptor.raw, ".", flags | O_NOFOLLOW, mode: mode)
    }

    private func symbolicLink(_ directory: CInt, _ name: String) throws(Errno) -> String? {
        do {
            guard try fileStatus(at: directory, name, follow: false).isSymbolicLink else { return nil }
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw error
        }
        return try readLink(at: directory, name)
    }
}
