/// What a command was seen to do: sets that only grow, of which a profile is made.
package struct Recording: Equatable, Sendable {
    /// Calls that were carried out, and how often.
    package private(set) var calls: [String: Int] = [:]
    /// Calls the profile of the run refused: how, and how often.
    package private(set) var refusals: [String: Refusal] = [:]
    /// Calls by conventions the profile of the run does not let in.
    package private(set) var foreign: [SyscallArchitecture: Set<String>] = [:]
    /// Other conventions than the machine's own that calls were made by.
    package private(set) var architectures: Set<SyscallArchitecture> = []
    /// Of calls that one argument decides about, its values.
    package private(set) var values: [String: Set<UInt32>] = [:]
    /// Capabilities that a call asked for while the thread had them.
    package private(set) var capabilities: CapabilitySet = []
    /// Absolute paths inside.
    package private(set) var read: Set<String> = []
    package private(set) var written: Set<String> = []
    /// `93.184.216.34:443`, `[::1]:53`, `unix:/run/x`.
    package private(set) var hosts: Set<String> = []
    package private(set) var connectedPorts: Set<UInt16> = []
    package private(set) var boundPorts: Set<UInt16> = []
    /// Of the connected ports those at a loopback address.
    private var loopbackPorts: Set<UInt16> = []
    /// Whether a port was bound at all addresses, or at one that others reach.
    private var servesOthers = false
    /// Whether the kernel chose the port of a socket that waits for connections.
    private var hasChosenPort = false

    package struct Refusal: Equatable, Sendable {
        package var errno: UInt16
        package var count: Int
    }

    package init() {}

    /// The argument that decides what a call is about, and which of its bits.
    static let decisive: [String: (index: Int, mask: UInt32)] = [
        "socket": (0, .max), "socketpair": (0, .max), "ioctl": (1, .max), "prctl": (0, .max), "ptrace": (0, .max),
        "keyctl": (0, .max), "bpf": (0, .max), "personality": (0, .max), "clone": (0, newNamespaces),
        "unshare": (0, newNamespaces | 0x80),
    ]
    /// CLONE_NEW* but NEWTIME, whose bit is the exit signal's in clone(2).
    private static let newNamespaces: UInt32 = 0x7e02_0000

    package mutating func allow(_ name: String, _ arguments: [UInt64]) {
        calls[name, default: 0] += 1
        if let (index, mask) = Self.decisive[name] {
            values[name, default: []].insert(UInt32(truncatingIfNeeded: arguments[index]) & mask)
        }
    }

    package mutating func refuse(_ name: String, errno: UInt16) {
        refusals[name, default: Refusal(errno: errno, count: 0)].count += 1
    }

    /// Nil for a convention nothing is known of, which no profile can let in.
    package mutating func refuse(_ name: String, by convention: SyscallArchitecture?) {
        if let convention { foreign[convention, default: []].insert(name) }
    }

    package mutating func admit(_ convention: SyscallArchitecture) { architectures.insert(convention) }

    package mutating func use(_ capability: String) {
        if let number = CapabilityName.number(capability) { capabilities.insert(CapabilitySet(number: number)) }
    }

    package mutating func read(_ path: String) { read.insert(path) }
    package mutating func write(_ path: String) { written.insert(path) }

    package mutating func contact(_ address: SocketAddress) {
        hosts.insert(address.text)
        guard let port = address.port else { return }
        connectedPorts.insert(port)
        if SocketAddress.isLoopback(address.text) { loopbackPorts.insert(port) }
    }

    package mutating func bind(_ address: SocketAddress) {
        guard let port = address.port else { return }
        boundPorts.insert(port)
        if port == 0 { hasChosenPort = true } else { servesOthers = servesOthers || !address.isOfLoopback }
    }

    /// Whether a server of the run's own had a port that the kernel chose, which is another one the next time.
    package var connectsToChosenPorts: Bool {
        hasChosenPort && loopbackPorts.contains { $0 >= 1024 && !boundPorts.contains($0) }
    }

    /// Whether the run needs the network it had, and not its own loopback device alone.
    package func needsNetwork(_ network: Profile.Network) -> Bool {
        switch network {
        case .none: false
        case .user: leavesTheMachine || servesOthers
        // There the loopback device is everybody's: who answered was another process, unless the port is the run's.
        case .host: leavesTheMachine || servesOthers || !loopbackPorts.isSubset(of: boundPorts)
        }
    }

    /// Whether anything beyond this machine's loopback device was addressed.
    private var leavesTheMachine: Bool { hosts.contains { !$0.hasPrefix("unix:") && !SocketAddress.isLoopback($0) } }
}

/// A `struct sockaddr` as text.
package struct SocketAddress: Equatable, Sendable {
    package var text: String
    package var port: UInt16?

    /// Nil for families without an address that means anything here (netlink, unspecified).
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return nil }
        func bigEndian(_ at: Int) -> UInt16 { UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]) }
        switch UInt16(bytes[0]) | UInt16(bytes[1]) << 8 {
        case 1:
            let path = bytes.dropFirst(2)
            guard let first = path.first else { return nil }
            // An abstract name begins with NUL.
            let name = first == 0 ? path.dropFirst() : path.prefix { $0 != 0 }
            text = "unix:" + (first == 0 ? "@" : "") + String(decoding: name, as: UTF8.self)
        case 2 where bytes.count >= 8:
            port = bigEndian(2)
            text = bytes[4..<8].map { String($0) }.joined(separator: ".") + ":\(bigEndian(2))"
        case 10 where bytes.count >= 24:
            let words = stride(from: 8, to: 24, by: 2).map { String(bigEndian($0), radix: 16) }
            port = bigEndian(2)
            text = "[\(Self.shortened(words))]:\(bigEndian(2))"
        default: return nil
        }
    }

    /// Whether nobody outside reaches what is bound there.
    var isOfLoopback: Bool { text.hasPrefix("127.") || text.hasPrefix("[::1]") }

    /// The longest run of zeros becomes `::` (RFC 5952).
    private static func shortened(_ words: [String]) -> String {
        var best = 0..<0
        var start = 0
        for index in words.indices {
            if words[index] != "0" { start = index + 1 }
            if index + 1 - start > best.count { best = start..<(index + 1) }
        }
        guard best.count > 1 else { return words.joined(separator: ":") }
        return words[..<best.lowerBound].joined(separator: ":") + "::"
            + words[best.upperBound...].joined(separator: ":")
    }

    static func isLoopback(_ text: String) -> Bool {
        text.hasPrefix("127.") || text.hasPrefix("[::1]") || text.hasPrefix("0.0.0.0:") || text.hasPrefix("[::]")
    }
}
