import Cgroups
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// What of a container is the host's, so that criu neither dumps nor makes it: mounts and namespaces.
struct ContainerSurroundings {
    let plan: Plan
    let cgroup: CgroupRecord

    /// Mounts of the host inside a running container, whose root is open: the place names both sides.
    func dumpedMounts(_ root: borrowing ContainerRoot) throws(SandboxError) -> [CriuRequest.ExternalMount] {
        var mounts: [CriuRequest.ExternalMount] = []
        for (destination, _) in try hostMounts() {
            let place = resolved(destination, root, prefix: "/")
            mounts.append(CriuRequest.ExternalMount(key: place, value: place))
        }
        for path in plan.maskedPaths {
            // Folders are masked by a tmpfs, which criu makes anew.
            do throws(Errno) {
                let place = try root.place(path)
                if try fileStatus(at: place.raw).isDirectory { continue }
            } catch {
                if error == .noSuchFileOrDirectory || error == .notDirectory { continue }
                throw SandboxError(error, "inspect \(path) in the container")
            }
            mounts.append(CriuRequest.ExternalMount(key: path, value: Self.nullDevice))
        }
        return mounts
    }

    /// The same for a restore: where the host has what belongs at each place.
    func restoredMounts(_ root: borrowing ContainerRoot, _ rootfs: String) throws(SandboxError)
        -> [CriuRequest.ExternalMount]
    {
        var mounts: [CriuRequest.ExternalMount] = []
        for (destination, source) in try hostMounts() {
            mounts.append(
                CriuRequest.ExternalMount(key: resolved(destination, root, prefix: rootfs), value: source))
        }
        if !plan.maskedPaths.isEmpty {
            mounts.append(CriuRequest.ExternalMount(key: Self.nullDevice, value: Self.nullDevice))
        }
        return mounts
    }

    private static let nullDevice = "/dev/null"

    /// Bind mounts, bound devices and, without a cgroup namespace, version 1's cgroups.
    private func hostMounts() throws(SandboxError) -> [(destination: String, source: String)] {
        var mounts: [(String, String)] = []
        for step in plan.steps {
            switch step {
            case .bind(let bind): mounts.append((bind.destination, bind.source))
            case .device(let node) where node.isBound: mounts.append((node.path, node.path))
            case .cgroup(let mount):
                let steps = cgroupMountSteps(
                    cgroup, host: try CgroupHost.read(), ownNamespace: plan.namespaces.has(.cgroup),
                    inUserNamespace: plan.namespaces.has(.user) || geteuid() != 0, readOnly: false)
                for case .bind(let source, let target) in steps {
                    mounts.append((target.isEmpty ? mount.destination : "\(mount.destination)/\(target)", source))
                }
            case .device, .fileSystem, .link, .remount: break
            }
        }
        return mounts
    }

    /// The path without links, as criu knows mounts; what does not exist is taken as it is.
    private func resolved(_ path: String, _ root: borrowing ContainerRoot, prefix: String) -> String {
        let clean = normalized(path)
        do throws(Errno) {
            let place = try root.place(clean)
            let real = try readLink(place.procPath)
            if prefix == "/" { return real }
            guard real.hasPrefix(prefix + "/") else { return clean }
            return String(real.dropFirst(prefix.utf8.count))
        } catch {
            guard clean != "/" else { return clean }
            let (folder, name) = splitPath(clean)
            let above = resolved(folder, root, prefix: prefix)
            return above == "/" ? "/" + name : "\(above)/\(name)"
        }
    }
}

extension ContainerSurroundings {
    /// Namespaces that the container shares with others by a path: criu finds them there again.
    private static let shared: [(kind: Spec.Linux.Namespace.Kind, name: String, key: String)] = [
        (.network, "net", "extRootNetNS"), (.pid, "pid", "extRootPidNS"),
    ]

    /// `--external` of a dump.
    func dumpedNamespaces() throws(SandboxError) -> [String] {
        var list: [String] = []
        for joined in plan.namespaces.joined {
            guard let entry = Self.shared.first(where: { $0.kind == joined.kind }) else { continue }
            let status = try attempt("inspect the namespace \(joined.path)") { () throws(Errno) in
                try fileStatus(at: nil, joined.path)
            }
            list.append("\(entry.name)[\(status.st_ino)]:\(entry.key)")
        }
        return list
    }

    /// Open namespaces with their keys, the descriptors the caller's; and those that criu enters by their path.
    func restoredNamespaces() throws(SandboxError) -> (
        open: [(key: String, descriptor: CInt)], joined: [(kind: String, path: String)]
    ) {
        var open: [(key: String, descriptor: CInt)] = []
        var others: [(kind: String, path: String)] = []
        do throws(SandboxError) {
            for joined in plan.namespaces.joined {
                if let entry = Self.shared.first(where: { $0.kind == joined.kind }) {
                    let raw = try attempt("open the namespace \(joined.path)") { () throws(Errno) in
                        try openPath(joined.path, O_RDONLY).release()
                    }
                    open.append((entry.key, raw))
                } else if joined.kind == .cgroup {
                    throw SandboxError(
                        .unsupported, "linux.namespaces: criu cannot restore into the cgroup namespace \(joined.path)")
                } else {
                    others.append((joined.kind == .mount ? "mnt" : joined.kind.rawValue, joined.path))
                }
            }
        } catch {
            for entry in open { close(entry.descriptor) }
            throw error
        }
        return (open, others)
    }
}
