import ContainerPlan
import Diagnostics
import LinuxKernel

/// Lays a file in memory, read-only, over one of the root, which is made where it is missing.
///
/// The kernel copies mounts of attached file systems only, so the new one is attached for a moment, over the
/// container's own `/proc`.
func layFile(_ file: LaidFile, root: borrowing ContainerRoot) throws(SandboxError) {
    let place = try root.ensure(file.path, .file)
    try attempt("lay \(file.path)") { () throws(Errno) in
        let context = try FileSystemContext("tmpfs")
        try context.set("mode", "0755")
        try context.set("nr_inodes", "2")
        let memory = try context.mount(
            attributes: MountAttribute.noSuid | MountAttribute.noDev | MountAttribute.noExec)
        let text = try openPath(at: memory.raw, "file", O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        try setMode(at: memory.raw, "file", 0o644)
        try writeAll(text.raw, file.text)
        let passing = try root.place("/proc")
        try attachMount(memory.raw, onto: passing.raw)
        // Where this fails the sandbox does, and all its mounts go with it.
        let copy = try cloneTree(at: memory.raw, "file", recursive: false)
        try unmount(memory.procPath, flags: CInt(MNT_DETACH))
        try attachMount(copy.raw, onto: place.raw)
        try setMountAttributes(copy.raw, set: MountAttribute.readOnly)
    }
}
