import ContainerPlan
import Diagnostics
import LinuxKernel

/// The socket at which slirp4netns takes requests for ports, in a folder of its own for as long as they are made.
///
/// It belongs to uid 0 of the sandbox's user namespace, so the keeper asks, who has power in there.
struct ControlSocket: ~Copyable {
    private let folder: String?

    /// Nothing is made for a connection that needs no socket.
    init(for connection: NetworkConnection) throws(SandboxError) {
        guard connection.program == .slirp4netns, !connection.ports.isEmpty else {
            folder = nil
            return
        }
        let number = try attempt("take a random number") { () throws(Errno) in try randomNumber() }
        let path = "/tmp/sandbox-network-" + String(number, radix: 16)
        try attempt("make \(path)") { () throws(Errno) in try makeDirectory(path, mode: 0o700) }
        folder = path
    }

    deinit {
        guard let folder else { return }
        // What is not there needs no removal.
        do { try remove(folder + "/control") } catch {}
        do { try remove(folder, directory: true) } catch {}
    }

    var path: String? { folder.map { $0 + "/control" } }

    /// Asks at `path` for each port.
    static func publish(_ ports: [NetworkConnection.Port], at path: String) throws(SandboxError) {
        for port in ports {
            let answer = try attempt("ask slirp4netns for a port") { () throws(Errno) in
                let socket = try connectLocalStream(path)
                try sendAll(socket.raw, Array(NetworkConnection.slirpRequest(port).utf8))
                return try readAll(socket.raw, limit: 4096)
            }
            if String(decoding: answer, as: UTF8.self).contains(#""return""#) { continue }
            throw SandboxError(.refused, "slirp4netns cannot listen at \(port.address), port \(port.host)")
        }
    }
}
