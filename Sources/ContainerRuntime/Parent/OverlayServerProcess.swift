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

/// The process that serves a FUSE root, from the parent's side; it waits for what init mounts.
struct OverlayServerProcess: ~Copyable {
    let pid: pid_t
    private let channel: Descriptor
    /// Whether it has nothing to finish when the command has ended: its changes are in memory, and it keeps no account
    /// of them.
    let isForgotten: Bool

    /// Forks it: in the container's user namespace, outside its pid and mount namespaces. It prepares itself while init
    /// does.
    ///
    /// - Parameter namespace: nil where the container is in this process's user namespace, which cannot be entered again.
    static func start(
        _ overlay: OverlayRoot, in namespace: consuming Descriptor?,
        serve: (consuming OverlayService) throws(SandboxError) -> Void
    ) throws(SandboxError) -> OverlayServerProcess {
        let pair = try attempt("make a socket pair") { () throws(Errno) in try socketPair() }
        let side = try attempt("clone the overlay's server") { () throws(Errno) in try cloneProcess(flags: 0) }
        switch consume side {
        case .parent(let child):
            var isForgotten = false
            if case .memory = overlay.upper { isForgotten = !overlay.rules.coversEverything }
            return OverlayServerProcess(pid: child.pid, channel: pair.takeFirst(), isForgotten: isForgotten)
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
    }

    /// Hands what init has mounted to it, once: nothing else comes.
    consuming func give(_ descriptors: [CInt]) throws(SandboxError) {
        do { try send(channel.raw, [0], descriptors: descriptors) } catch {
            // It has said why.
            throw SandboxError(.system, "the overlay's server ended early")
        }
    }

    /// Ends one that nobody needs.
    consuming func discard() {
        // Gone already is as good.
        do { try sendSignal(SIGKILL, to: pid) } catch {}
        do { _ = try waitForProcess(pid) } catch {}
    }
}

/// What is to serve a root, as long as init has not mounted it.
enum AwaitedOverlay: ~Copyable {
    case none
    /// Init mounts a FUSE root: its server prepares itself meanwhile.
    case started(OverlayServerProcess)
    /// Init tries the kernel's overlay first; the namespace is the server's to enter.
    case possible(OverlayRoot, in: Descriptor?)
}

extension InitProcess {
    /// Takes the server over, which is reaped with init from now on.
    mutating func take(over server: consuming OverlayServerProcess) {
        overlayServer = server.pid
        overlayIsForgotten = server.isForgotten
        awaitedOverlay = .started(server)
    }

    /// Starts the server of a root that init is sure to mount; of one that it may mount, when it has.
    mutating func expect(
        _ overlay: consuming AwaitedOverlay, serve: ((consuming OverlayService) throws(SandboxError) -> Void)?
    ) throws(SandboxError) {
        switch consume overlay {
        case .none: return
        case .started(let server): take(over: server)
        case .possible(let root, let namespace):
            guard root.driver == .fuse, let serve else {
                awaitedOverlay = .possible(root, in: namespace)
                return
            }
            take(over: try OverlayServerProcess.start(root, in: namespace, serve: serve))
        }
    }

    /// Hands what init has mounted to the server.
    mutating func giveDevices(
        _ descriptors: [CInt], serve: ((consuming OverlayService) throws(SandboxError) -> Void)?
    ) throws(SandboxError) {
        var awaited = AwaitedOverlay.none
        swap(&awaited, &awaitedOverlay)
        let unplanned = SandboxError(
            .system, "the container's init mounted an overlay that the plan does not have")
        guard !descriptors.isEmpty, let serve else { throw unplanned }
        switch consume awaited {
        case .none: throw unplanned
        case .started(let server): try server.give(descriptors)
        case .possible(let overlay, let namespace):
            let server = try OverlayServerProcess.start(overlay, in: namespace, serve: serve)
            overlayServer = server.pid
            overlayIsForgotten = server.isForgotten
            try server.give(descriptors)
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
