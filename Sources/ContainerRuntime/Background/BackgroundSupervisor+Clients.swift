import Diagnostics
import LinuxKernel

extension BackgroundSupervisor {
    /// More terminals than anybody has; a caller that opens more gets no answer until others leave.
    private static let mostClients = 256

    mutating func takeClient() {
        guard clients.count < Self.mostClients else { return }
        // Whoever has gone away meanwhile is none.
        do {
            let raw = try syscallRetrying(
                Int(SYS_accept4), Int(background.listener), 0, 0, Int(O_CLOEXEC | O_NONBLOCK))
            clients.append(BackgroundClient(socket: CInt(raw)))
        } catch {}
    }

    /// Does what a client asks.
    mutating func serve(_ index: Int) {
        guard let message = clients[index].receive() else { return }
        switch message {
        case .attach(let size):
            guard hasTerminal else {
                return clients[index].send(.refusal("the sandbox has no terminal"))
            }
            clients[index].role = .attached
            clients[index].send(.welcome)
            resize(size)
        case .input(let keys):
            // A command that does not read loses what is typed ahead of it, as on any terminal.
            guard clients[index].role == .attached, typed.count < 1 << 16 else { return }
            typed += keys
            flushTyped()
        case .resize(let size): resize(size)
        case .join(let stay):
            guard background.endsWithoutJoined, !isEnding else {
                return clients[index].send(.refusal("the sandbox is about to end"))
            }
            clients[index].role = .joined
            wasJoined = true
            deadline = nil
            stays = stays || stay
            clients[index].send(.welcome)
        }
    }

    /// Forgets those that have left; the last of the joined ones ends the sandbox.
    mutating func dropClosedClients() {
        for client in clients where !client.isOpen { close(client.socket) }
        clients.removeAll { !$0.isOpen }
        guard background.endsWithoutJoined, wasJoined, !stays, !isEnding,
            !clients.contains(where: { $0.role == .joined })
        else { return }
        end()
    }
}
