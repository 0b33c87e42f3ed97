import ContainerPlan
import Diagnostics
import LinuxKernel

extension LaunchSpec {
    /// What of the network a sandbox has.
    package enum Network: Equatable, Sendable {
        /// An own namespace with a loopback device only.
        case none
        /// The host's.
        case host
        /// An own namespace that a program in user mode connects; nil: the first that is there.
        case user(NetworkConnection.Program?)
        /// That of a running sandbox.
        case join(String)

        /// `none`, `host`, `user`, `user:PROGRAM` or `join:NAME`.
        package init(parsing text: String, option: String = "--net") throws(SandboxError) {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (parts[0], parts.count == 2 ? parts[1] : nil) {
            case ("none", nil): self = .none
            case ("host", nil): self = .host
            case ("user", nil): self = .user(nil)
            case ("user", let name?):
                guard let program = NetworkConnection.Program(rawValue: name) else {
                    throw SandboxError(
                        .invalidInput, "\(option) \"\(text)\": no such program",
                        remedy: "\(option) user:pasta or \(option) user:slirp4netns")
                }
                self = .user(program)
            case ("join", let name?) where !name.isEmpty: self = .join(name)
            default:
                throw SandboxError(
                    .invalidInput, "\(option) \"\(text)\": no such network",
                    remedy: "\(option) none, host, user or join:NAME")
            }
        }

        package var isUser: Bool {
            switch self {
            case .user: true
            case .none, .host, .join: false
            }
        }
    }
}

extension NetworkConnection.Port {
    /// `[ADDR:]HOST:INNER[/tcp|/udp]`; an IPv6 address in brackets, without one 127.0.0.1.
    package init(parsing text: String) throws(SandboxError) {
        func wrong(_ what: String, _ remedy: String) -> SandboxError {
            SandboxError(.invalidInput, "--publish \"\(text)\": \(what)", remedy: remedy)
        }
        var rest = text[...]
        var kind = Kind.tcp
        if let slash = rest.lastIndex(of: "/") {
            guard let given = Kind(rawValue: String(rest[rest.index(after: slash)...])) else {
                throw wrong("after the slash goes tcp or udp", "--publish 5353:53/udp")
            }
            kind = given
            rest = rest[..<slash]
        }
        var address = "127.0.0.1"
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]"), rest[rest.index(after: end)...].first == ":" else {
                throw wrong("not [ADDR]:HOST:INNER", "--publish [::1]:8080:80")
            }
            address = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(end, offsetBy: 2)...]
            guard isAddress(address, AF_INET6) else {
                throw wrong("\"\(address)\" is no IPv6 address", "--publish [::1]:8080:80")
            }
        }
        var parts = rest.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3 {
            address = parts.removeFirst()
            guard isAddress(address, AF_INET) else {
                throw wrong("\"\(address)\" is no IPv4 address", "an IPv6 address goes in brackets")
            }
        }
        guard parts.count == 2 else { throw wrong("not [ADDR:]HOST:INNER", "--publish 8080:80") }
        var numbers: [UInt16] = []
        for part in parts {
            guard let number = strictNumber(part, as: UInt16.self), number > 0 else {
                throw wrong("\"\(part)\" is no port", "ports are 1 to 65535: --publish 8080:80")
            }
            numbers.append(number)
        }
        self.init(address: address, host: numbers[0], inner: numbers[1], kind: kind)
    }
}

/// inet_pton(3).
private func isAddress(_ text: String, _ family: CInt) -> Bool {
    var bytes = in6_addr()
    return inet_pton(family, text, &bytes) == 1
}
