import ContainerPlan
import Diagnostics
import LinuxKernel

extension Mounting {
    /// Makes a device node, or binds the host's where mknod(2) is not allowed.
    func makeDevice(_ node: DeviceNode) throws(SandboxError) {
        if node.isBound { return try bindDevice(node) }
        let (folder, name) = splitPath(node.path)
        let parent = try root.ensure(folder, .directory)
        let type: mode_t =
            switch node.kind {
            case .character: S_IFCHR
            case .block: S_IFBLK
            case .fifo: S_IFIFO
            }
        do {
            try makeNode(
                at: parent.raw, name, mode: type | mode_t(node.mode), device: clinux_makedev(node.major, node.minor))
        } catch {
            if error == .notPermitted && node.kind != .fifo { return try bindDevice(node) }
            if error == .fileExists { return try replace(node, parent.raw, name, type) }
            throw SandboxError(error, "make the device \(node.path)")
        }
        try finish(node, parent.raw, name)
    }

    /// A node that is there already serves if it is the same device; anything else in its place is taken away.
    private func replace(_ node: DeviceNode, _ parent: CInt, _ name: String, _ type: mode_t) throws(SandboxError) {
        try attempt("replace the device \(node.path)") { () throws(Errno) in
            let status = try fileStatus(at: parent, name, follow: false)
            let device = clinux_makedev(node.major, node.minor)
            if status.st_mode & S_IFMT != type || (node.kind != .fifo && status.st_rdev != device) {
                try remove(at: parent, name)
                try makeNode(at: parent, name, mode: type | mode_t(node.mode), device: device)
            }
        }
        try finish(node, parent, name)
    }

    /// The umask and the caller's own ids play no part in a device's mode and owner.
    private func finish(_ node: DeviceNode, _ parent: CInt, _ name: String) throws(SandboxError) {
        try attempt("set the mode of the device \(node.path)") { () throws(Errno) in
            let file = try openPath(at: parent, name, O_PATH | O_NOFOLLOW)
            try setOwner(at: file.raw, "", uid: node.uid, gid: node.gid)
            try setMode(file.procPath, mode_t(node.mode))
        }
    }

    private func bindDevice(_ node: DeviceNode) throws(SandboxError) {
        try attempt("bind the device \(node.path)") { () throws(Errno) in
            let source = try cloneTree(node.path, recursive: false)
            let status = try fileStatus(at: source.raw)
            // Whatever lies at that path on the host must be the device that was asked for.
            guard status.st_rdev == clinux_makedev(node.major, node.minor) else { throw .operationNotSupportedByDevice }
            let place = try boundPlace(node.path)
            try attachMount(source.raw, onto: place.raw)
        }
    }

    private func boundPlace(_ path: String) throws(Errno) -> Descriptor {
        do { return try root.ensure(path, .file) } catch { throw Errno(rawValue: error.errno ?? EIO) }
    }
}
