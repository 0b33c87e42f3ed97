import ContainerPlan
import Diagnostics
import LinuxKernel

/// How a sandbox stays without anybody's terminal.
package struct Background {
    /// Listens for terminals that attach and join.
    package var listener: CInt
    /// What the command writes is read from here; -1: from its terminal.
    package var output: CInt
    package var journal: Journal?
    package var terminalSize: TerminalSize?
    /// The sandbox ends when nobody that has joined is left; nil: when its command ends.
    package var endsWithoutJoined = false
    /// Called once the command runs; when it cannot, the supervisor throws.
    package var ready: () -> Void

    package init(listener: CInt, output: CInt, journal: Journal?, ready: @escaping () -> Void) {
        self.listener = listener
        self.output = output
        self.journal = journal
        self.ready = ready
    }
}

/// What the terminals that attach or join say to a sandbox in the background: one datagram each.
package enum ClientMessage: Equatable, Sendable {
    /// Show the command's terminal, of this size.
    case attach(TerminalSize)
    /// Typed keys.
    case input([UInt8])
    case resize(TerminalSize)
    /// A process of mine is inside as long as this connection stands.
    case join(stay: Bool)

    package static let longestInput = 4096
}

/// What it says to them.
package enum ServerMessage: Equatable, Sendable {
    /// The request is granted.
    case welcome
    /// The sandbox is about to end, or has no terminal.
    case refusal(String)
    case output([UInt8])
    case ended(status: Int32)

    package static let longestOutput = 32768
}

extension ClientMessage {
    package var bytes: [UInt8] {
        switch self {
        case .attach(let size): [1] + size.bytes
        case .input(let keys): [2] + keys
        case .resize(let size): [3] + size.bytes
        case .join(let stay): [4, stay ? 1 : 0]
        }
    }

    /// Reads one message; nil for anything that is none.
    package init?(bytes: [UInt8]) {
        let rest = Array(bytes.dropFirst())
        switch bytes.first {
        case 1:
            guard let size = TerminalSize(bytes: rest) else { return nil }
            self = .attach(size)
        case 2: self = .input(rest)
        case 3:
            guard let size = TerminalSize(bytes: rest) else { return nil }
            self = .resize(size)
        case 4:
            guard rest == [0] || rest == [1] else { return nil }
            self = .join(stay: rest == [1])
        default: return nil
        }
    }
}

extension ServerMessage {
    package var bytes: [UInt8] {
        switch self {
        case .welcome: [1]
        case .refusal(let reason): [2] + Array(reason.utf8)
        case .output(let bytes): [3] + bytes
        case .ended(let status): [4] + (0..<4).map { UInt8(truncatingIfNeeded: status >> (8 * $0)) }
        }
    }

    package init?(bytes: [UInt8]) {
        let rest = Array(bytes.dropFirst())
        switch bytes.first {
        case 1 where rest.isEmpty: self = .welcome
        case 2: self = .refusal(String(decoding: rest, as: UTF8.self))
        case 3: self = .output(rest)
        case 4 where rest.count == 4:
            self = .ended(status: rest.enumerated().reduce(0) { $0 | Int32($1.element) << (8 * Int32($1.offset)) })
        default: return nil
        }
    }
}

extension TerminalSize {
    fileprivate var bytes: [UInt8] {
        [rows, columns].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }

    fileprivate init?(bytes: [UInt8]) {
        guard bytes.count == 4 else { return nil }
        self.init(
            rows: UInt16(bytes[0]) | UInt16(bytes[1]) << 8, columns: UInt16(bytes[2]) | UInt16(bytes[3]) << 8)
    }
}
