import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// The specification with the place of the socket for sd_notify(3), when a service manager waits for this
    /// container. One that its own specification has prepared is left alone.
    func preparedForNotification(
        _ spec: Spec, _ folder: borrowing ContainerFolder
    ) throws(SandboxError) -> Spec {
        guard let notifySocket, !notifySocket.isEmpty, spec.process != nil,
            !(spec.process?.env ?? []).contains(where: { $0.hasPrefix("NOTIFY_SOCKET=") })
        else { return spec }
        var spec = spec
        let source = try folder.makeFolder(NotifyProxy.folder)
        spec.mounts =
            (spec.mounts ?? []) + [
                Spec.Mount(
                    destination: NotifyProxy.placeInside, type: "bind", source: source,
                    options: ["bind", "nosuid", "noexec", "nodev", "ro"])
            ]
        let variable = "NOTIFY_SOCKET=\(NotifyProxy.placeInside)/\(NotifyProxy.name)"
        let others = spec.process?.env ?? []
        spec.process?.env = others + [variable]
        return spec
    }

    /// The container's socket, bound before its command runs; nil when nobody waits, or the create did not prepare it.
    func notifyProxy(_ folder: borrowing ContainerFolder) throws(SandboxError) -> NotifyProxy? {
        let path = "\(folder.path)/\(NotifyProxy.folder)"
        guard let notifySocket, !notifySocket.isEmpty, fileExists(path) else { return nil }
        return try NotifyProxy(path, host: notifySocket)
    }
}
