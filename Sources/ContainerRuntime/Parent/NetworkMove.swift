import ContainerPlan
import Diagnostics
import LinuxKernel

/// The devices that a create has moved into the container's network namespace (`config-linux.md`, Network Devices), to
/// be given back when it fails.
struct NetworkMove: ~Copyable {
    private struct Moved {
        var host: LinkFacts
        var inside: LinkFacts
        var addresses: [LinkAddress]
    }

    private let host: RouteSocket
    private let hostNamespace: Descriptor
    private let container: RouteSocket
    private let namespace: Descriptor
    private var moved: [Moved] = []

    /// Moves the devices, in their order, each with its lasting addresses, and switches them on.
    ///
    /// - Parameter pid: a process in the container's network namespace.
    /// - Throws: at the first that cannot be moved, when those before it are back.
    static func moving(_ devices: [NetworkDevicePlan], pid: pid_t) throws(SandboxError) -> NetworkMove {
        let own = try attempt("open the network namespace") { () throws(Errno) in
            try openPath("/proc/self/ns/net", O_RDONLY)
        }
        let namespace = try attempt("linux.netDevices: open the container's network namespace") { () throws(Errno) in
            try openPath("/proc/\(pid)/ns/net", O_RDONLY)
        }
        let host = try attempt("open a route socket") { () throws(Errno) in try RouteSocket() }
        let container: RouteSocket
        do { container = try routeSocket(in: namespace, returningTo: own) } catch {
            let remedy = error.errno == EPERM ? "only root of the host may move its devices" : nil
            throw error.within("linux.netDevices").hinting(remedy)
        }
        var move = NetworkMove(host: host, hostNamespace: own, container: container, namespace: namespace)
        for device in devices {
            do { try move.move(device) } catch {
                move.giveBack()
                throw error.within("linux.netDevices[\"\(device.hostName)\"]")
            }
        }
        return move
    }

    private init(
        host: consuming RouteSocket, hostNamespace: consuming Descriptor, container: consuming RouteSocket,
        namespace: consuming Descriptor
    ) {
        self.host = host
        self.hostNamespace = hostNamespace
        self.container = container
        self.namespace = namespace
    }

    private mutating func move(_ device: NetworkDevicePlan) throws(SandboxError) {
        let link = try attempt("find the network device") { () throws(Errno) in try host.link(named: device.hostName) }
        let addresses = try attempt("read its addresses") { () throws(Errno) in try host.lastingAddresses(link.index) }
        let present = try attempt("list the container's network devices") { () throws(Errno) in
            try container.links()
        }
        let before = Set(present.map(\.index))
        do throws(Errno) {
            // The kernel would move it first and find the name taken then.
            if present.contains(where: { $0.name == device.containerName }) { throw .fileExists }
            try host.move(link.index, to: namespace.raw, name: device.containerName)
        } catch {
            throw SandboxError(
                error, "move it into the container as \(device.containerName)", remedy: Self.remedy(error))
        }
        let inside = try attempt("find it in the container") { () throws(Errno) in
            if !device.containerName.contains("%d") { return try container.link(named: device.containerName) }
            let prefix = device.containerName.prefix { $0 != "%" }
            let new = try container.links().filter { !before.contains($0.index) && $0.name.hasPrefix(prefix) }
            guard let found = new.first else { throw .operationNotSupportedByDevice }
            return found
        }
        moved.append(Moved(host: link, inside: inside, addresses: addresses))
        try attempt("give it its addresses") { () throws(Errno) in
            for address in addresses { try container.add(address, to: inside.index) }
        }
        try attempt("switch it on") { () throws(Errno) in try container.raise(inside.index) }
    }

    /// Puts everything back where it was: the namespace may be about to end, and devices made by software with it.
    func giveBack() {
        for entry in moved.reversed() {
            // Whatever does not go back is less than the failure that led here.
            do throws(Errno) {
                try container.move(entry.inside.index, to: hostNamespace.raw, name: entry.host.name)
                let link = try host.link(named: entry.host.name)
                for address in entry.addresses { try host.add(address, to: link.index) }
                if entry.host.isUp { try host.raise(link.index) }
            } catch {}
        }
    }

    private static func remedy(_ error: Errno) -> String? {
        switch error {
        case .fileExists: "the container's network namespace has a device of that name already"
        case .notPermitted: "only root of the host may move its devices"
        case .invalidArgument: "this kind of device cannot leave its network namespace"
        default: nil
        }
    }
}

/// A route socket of another network namespace; this process is back in its own when it returns.
private func routeSocket(
    in namespace: borrowing Descriptor, returningTo own: borrowing Descriptor
) throws(SandboxError) -> RouteSocket {
    let (namespace, own) = (namespace.raw, own.raw)
    return try attempt("open a route socket in the container's network namespace") { () throws(Errno) in
        try enterNamespace(namespace, kinds: CLONE_NEWNET)
        do throws(Errno) {
            let socket = try RouteSocket()
            try enterNamespace(own, kinds: CLONE_NEWNET)
            return socket
        } catch {
            try enterNamespace(own, kinds: CLONE_NEWNET)
            throw error
        }
    }
}
