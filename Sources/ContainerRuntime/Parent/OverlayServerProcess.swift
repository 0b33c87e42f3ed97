import ContainerPlan
import Diagnostics
import LinuxKernel

/// What the server of a FUSE root gets.
package struct OverlayService: ~Copyable {
    package let overlay: OverlayRoot
    private let channel: Descriptor

    fileprivate init(_ overlay: OverlayRoot, channel: consuming Descriptor) {
        self.overlay = overlay
        self.channel = channel
    }

    /// Waits until init has mounted, once: what needs no device is done before.
    package func takeDevices() throws(SandboxError) -> ServedDevices {
        let datagram = try attempt("wait for the overlay's mount") { () throws(Errno) in try receive(channel.raw) }
        var others = datagram.descriptors
        guard !others.isEmpty else { throw SandboxError(.system, "the container's init ended early") }
        let device = Descriptor(owning: others.removeFirst())
        var memory: CInt?
        if case .memory = overlay.upper, !others.isEmpty { memory = others.removeFirst() }
        return ServedDevices(device: device, memory: memory, served: others)
    }
}

/// What init has mounted for the server, open as long as this process lives.
package struct ServedDevices: ~Copyable {
    /// The mounted FUSE device.
    package let device: Descriptor
    /// The root folder of the tmpfs for the upper layer; nil when the upper is on disk.
    package let memory: CInt?
    /// The mounted devices of `OverlayRoot.served`.
    package let served: [CInt]

    /// The FUSE device alone.
    package consuming func takeDevice() -> Descriptor { device }
}

extension InitProcess {
    /// Forks the process that serves the FUSE root: in the container's user namespace, outside its pid and mount
    /// namespaces. It prepares itself while init does, and waits for what init mounts.
    ///
    /// - Parameter namespace: nil where the container is in this process's user namespace, which cannot be entered again.
    mutating func startOverlayServer(
        _ overlay: OverlayRoot, in namespace: consuming Descriptor?,
        serve: (consuming OverlayService) throws(SandboxError) -> Void
    ) throws(SandboxError) {
        let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
        let side = try attempt("clone the overlay's server") { () throws(Errno) in try cloneProcess(flags: 0) }
        switch consume side {
        case .parent(let child):
            overlayServer = child.pid
            overlayChannel = pair.takeFirst()
        case .child:
            let channel = pair.takeSecond()
            do {
                try prepareServer(namespace, keeping: channel.raw)
                try serve(OverlayService(overlay, channel: channel))
                _exit(0)
            } catch {
                // Standard error is still there; whoever waits for the root gets ENOTCONN.
                do { try writeAll(2, "sandbox: the overlay's server: \(error)\n") } catch {}
                _exit(1)
            }
        }
        if case .memory = overlay.upper { overlayIsForgotten = !overlay.rules.coversEverything }
    }

    /// Hands what init has mounted to the server.
    mutating func giveDevices(_ descriptors: [CInt]) throws(SandboxError) {
        guard let channel = overlayChannel.take(), !descriptors.isEmpty else {
            throw SandboxError(.system, "the container's init mounted an overlay that the plan does not have")
        }
        do { try send(channel.raw, [0], descriptors: descriptors) } catch {
            // It has said why.
            throw SandboxError(.system, "the overlay's server ended early")
        }
    }
}

private func prepareServer(_ namespace: consuming Descriptor?, keeping channel: CInt) throws(SandboxError) {
    do throws(Errno) {
        try setDumpable(false)
        try syscallRetrying(Int(SYS_setsid))
        if let namespace { try enterNamespace(namespace.raw, kinds: CInt(CLONE_NEWUSER)) }
        try setParentDeathSignal(SIGKILL)
        let null = try openPath("/dev/null", O_RDWR)
        for number: CInt in 0...1 { try duplicate(null.raw, onto: number) }
        for number in try openDescriptors() where number > 2 && number != channel && number != null.raw {
            close(number)
        }
    } catch {
        throw SandboxError(error, "prepare the overlay's server")
    }
}
