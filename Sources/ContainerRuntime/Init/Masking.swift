import ContainerPlan
import Diagnostics
import LinuxKernel

/// Covers paths that a container shall not see: files by the null device, folders by an empty read-only tmpfs
/// (runtime-spec `config-linux.md`, Masked Paths).
///
/// Paths that do not exist are nothing to mask. The null device is checked to be the real one (CVE-2025-31133).
func maskPaths(
    _ paths: [String], root: borrowing ContainerRoot, nullDevice: borrowing Descriptor
) throws(SandboxError) {
    var covers: [CInt] = []
    defer { for raw in covers { close(raw) } }
    let places = paths.map(normalized)
    for (index, path) in paths.enumerated() where !places[..<index].contains(places[index]) {
        guard let place = try existingPlace(path, root, "mask \(path)") else { continue }
        let isFolder = try attempt("mask \(path)") { () throws(Errno) in
            try fileStatus(at: place.raw).isDirectory
        }
        // One tmpfs covers all folders: the first mask attaches it, the others attach copies of that mount.
        let cover =
            if !isFolder {
                try coverCopy(of: nullDevice.raw, path)
            } else if let first = covers.first {
                try coverCopy(of: first, path)
            } else {
                try emptyFolder()
            }
        try attempt("mask \(path)") { () throws(Errno) in try attachMount(cover.raw, onto: place.raw) }
        if isFolder && covers.isEmpty { covers.append(cover.release()) }
    }
}

private func coverCopy(of source: CInt, _ path: String) throws(SandboxError) -> Descriptor {
    try attempt("mask \(path)") { () throws(Errno) in try cloneTree(at: source, "", recursive: false) }
}

/// The place at `path`, or nil when there is none.
private func existingPlace(
    _ path: String, _ root: borrowing ContainerRoot, _ what: String
) throws(SandboxError) -> Descriptor? {
    do { return try root.place(path) } catch {
        if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
        throw SandboxError(error, what)
    }
}

private func emptyFolder() throws(SandboxError) -> Descriptor {
    try makeFileSystem(
        FileSystemMount(
            type: "tmpfs", source: "tmpfs", destination: "a masked folder",
            options: MountOptions(parsing: [
                "ro", "nosuid", "nodev", "noexec", "nr_blocks=1", "nr_inodes=1", "mode=555",
            ]),
            origin: "linux.maskedPaths"))
}

/// Makes paths read-only, with everything mounted below them (runtime-spec `config-linux.md`, Readonly Paths).
func makeReadOnly(_ paths: [String], root: borrowing ContainerRoot) throws(SandboxError) {
    for path in paths {
        guard let place = try existingPlace(path, root, "make \(path) read-only") else { continue }
        try attempt("make \(path) read-only") { () throws(Errno) in
            let copy = try cloneTree(at: place.raw, "", recursive: true)
            try attachMount(copy.raw, onto: place.raw)
            try setMountAttributes(copy.raw, set: MountAttribute.readOnly)
        }
    }
}

/// Opens the host's null device and proves that it is character device 1:3 (null(4)).
func openNullDevice() throws(SandboxError) -> Descriptor {
    try attempt("open /dev/null") { () throws(Errno) in
        let null = try openPath("/dev/null", O_PATH | O_NOFOLLOW)
        let status = try fileStatus(at: null.raw)
        guard status.isCharacterDevice, status.st_rdev == clinux_makedev(1, 3) else {
            throw .operationNotSupportedByDevice
        }
        return null
    }
}
