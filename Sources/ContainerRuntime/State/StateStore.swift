import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The folder that holds a folder per container.
package struct StateStore: Sendable {
    package let root: String

    package init(root: String) { self.root = root }

    /// `/run/sandbox` for root, `$XDG_RUNTIME_DIR/sandbox` for everyone else, `/tmp/sandbox-UID` where that is not set.
    package static func defaultRoot(isRootless: Bool, environment: (String) -> String?) -> String {
        guard isRootless else { return "/run/sandbox" }
        if let folder = environment("XDG_RUNTIME_DIR"), folder.hasPrefix("/") { return folder + "/sandbox" }
        return "/tmp/sandbox-\(geteuid())"
    }

    /// Makes the folder of a new container and locks it.
    ///
    /// - Throws: `alreadyExists` when a container of that id exists; of two at once one wins.
    package func create(_ id: String) throws(SandboxError) -> ContainerFolder {
        try requireValidID(id)
        try makeRoot()
        let path = "\(root)/\(id)"
        do { try makeDirectory(path, mode: 0o711) } catch {
            guard error == .fileExists else { throw SandboxError(error, "make the state folder \(path)") }
            return try takeOver(id, path)
        }
        return try open(id)
    }

    /// A folder without `state.json` is what a killed create left behind: it is free for the taking.
    private func takeOver(_ id: String, _ path: String) throws(SandboxError) -> ContainerFolder {
        let exists = SandboxError(
            .alreadyExists, "container with id \(id) exists", errno: EEXIST,
            remedy: "choose another id, or delete it first")
        if fileExists("\(path)/state.json") { throw exists }
        guard let folder = try ContainerFolder.lock(id, path, wait: false) else { throw exists }
        if fileExists("\(path)/state.json") { throw exists }
        return folder
    }

    /// Opens and locks the folder of an existing container.
    ///
    /// - Throws: `notFound` in the words that engines match.
    package func open(_ id: String) throws(SandboxError) -> ContainerFolder {
        try requireValidID(id)
        guard let folder = try ContainerFolder.lock(id, "\(root)/\(id)", wait: true) else { throw missing(id) }
        return folder
    }

    /// The record of a container, read without its lock: the file is replaced in one step, and a hook that asks for the
    /// state while its container is being created must not wait for the create, which waits for the hook.
    package func read(_ id: String) throws(SandboxError) -> ContainerRecord {
        try requireValidID(id)
        let path = "\(root)/\(id)"
        guard fileExists(path) else { throw missing(id) }
        var record = try ContainerFolder.record(id, path)
        // Whoever creates a container holds its lock: without one the create was killed, and its init died with it.
        if record.status == .creating, try ContainerFolder.lock(id, path, wait: false) != nil {
            record.status = .stopped
        }
        return record
    }

    /// The specification of a container as it was at its create, read without the container's lock.
    func spec(_ id: String) throws(SandboxError) -> Spec {
        try requireValidID(id)
        guard fileExists("\(root)/\(id)") else { throw missing(id) }
        let path = "\(root)/\(id)/config.json"
        return try Spec(decoding: attempt("read \(path)") { () throws(Errno) in try readFile(path) })
    }

    package func missing(_ id: String) -> SandboxError {
        SandboxError(.notFound, "container \(id) does not exist", errno: ENOENT)
    }

    /// The ids of all containers, sorted.
    package func ids() throws(SandboxError) -> [String] {
        guard fileExists(root) else { return [] }
        let names = try attempt("list \(root)") { () throws(Errno) in
            try directoryEntries(of: openPath(root, O_RDONLY | O_DIRECTORY))
        }
        return names.filter { isValidID($0) }.sorted()
    }

    private func makeRoot() throws(SandboxError) {
        var path = ""
        for part in root.split(separator: "/") {
            path += "/\(part)"
            let isLast = path == root
            do { try makeDirectory(path, mode: isLast ? 0o711 : 0o755) } catch {
                if error != .fileExists { throw SandboxError(error, "make the state folder \(path)") }
            }
        }
        let status = try attempt("inspect \(root)") { () throws(Errno) in try fileStatus(at: nil, root) }
        // Anyone may make a folder in /tmp: one of somebody else's is refused.
        guard status.st_uid == geteuid() || geteuid() == 0 else {
            throw SandboxError(.refused, "the state folder \(root) belongs to user \(status.st_uid)", errno: EPERM)
        }
    }
}

/// Ids are names in the file system: `[A-Za-z0-9_+.-]+`, and neither `.` nor `..`.
package func requireValidID(_ id: String) throws(SandboxError) {
    guard isValidID(id) else {
        throw SandboxError(
            .invalidInput, "\"\(id)\" is no container id", errno: EINVAL,
            remedy: "use up to 1024 letters, digits and the characters _ + - .")
    }
}

private func isValidID(_ id: String) -> Bool {
    !id.isEmpty && id.utf8.count <= 1024 && id != "." && id != ".."
        && id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
}
