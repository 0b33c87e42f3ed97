import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// A bundle on disk: its absolute path and its specification, read and validated.
package struct Bundle {
    package let path: String
    package let spec: Spec
    /// `config.json` as it was read.
    package let bytes: [UInt8]

    /// Reads `config.json` of the bundle at `path` (the working directory when empty).
    package init(path: String, facts: HostFacts) throws(SandboxError) {
        let absolute = absolutePath(path.isEmpty ? "." : path, in: facts.workingDirectory)
        let real = try attempt("open the bundle \(absolute)") { () throws(Errno) in
            let folder = try openPath(absolute, O_PATH | O_DIRECTORY)
            return try readLink(folder.procPath)
        }
        self.path = real
        let file = real + "/config.json"
        do throws(Errno) { bytes = try Self.readPlain(file) } catch {
            if error == .fileTooLarge {
                throw SandboxError(.invalidInput, "more than the \(JSON.sizeLimit) bytes that are read").within(file)
            }
            let remedy = error == .noSuchFileOrDirectory ? "make one with: sandbox oci spec --bundle \(real)" : nil
            throw SandboxError(error, "open \(file)", remedy: remedy)
        }
        let bytes = bytes
        spec = try within(file) { () throws(SandboxError) in
            let spec = try Spec(decoding: bytes)
            try validate(spec)
            return spec
        }
    }

    /// The whole of a regular file that is no larger than a document may be; a pipe in its place would keep the runtime
    /// waiting for ever.
    private static func readPlain(_ path: String) throws(Errno) -> [UInt8] {
        let file = try openPath(path, O_RDONLY | O_NONBLOCK)
        guard try fileStatus(at: file.raw).isRegular else { throw .invalidArgument }
        return try readAll(file.raw, limit: JSON.sizeLimit)
    }

    /// The absolute path of the root filesystem, links resolved.
    package func rootfs() throws(SandboxError) -> String {
        guard let root = spec.root else {
            throw SandboxError(.invalidInput, "root: a container needs a root filesystem").within("\(path)/config.json")
        }
        let absolute = absolutePath(root.path, in: path)
        return try attempt("open the root filesystem \(absolute)") { () throws(Errno) in
            let folder = try openPath(absolute, O_PATH | O_DIRECTORY)
            return try readLink(folder.procPath)
        }
    }
}

extension HostFacts {
    /// Reads the host once.
    package static func read() throws(SandboxError) -> HostFacts {
        let directory = try attempt("name the working directory") { () throws(Errno) in
            try LinuxKernel.workingDirectory()
        }
        return HostFacts(
            effectiveUID: geteuid(), effectiveGID: getegid(), isInUserNamespace: try isInUserNamespace(),
            workingDirectory: directory)
    }

    /// The first user namespace maps all 2^32-1 ids to themselves.
    private static func isInUserNamespace() throws(SandboxError) -> Bool {
        let text = try attempt("read /proc/self/uid_map") { () throws(Errno) in try readText("/proc/self/uid_map") }
        return text.split(whereSeparator: \.isWhitespace) != ["0", "0", "4294967295"]
    }
}
