import Foundation

/// How a child ended.
enum Ending: Equatable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case signaled(Int32)
    /// It was killed because it took longer than its caller allows.
    case timedOut

    /// From a wait(2) status.
    init(status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exited((status >> 8) & 0xff) : .signaled(signal)
    }

    var description: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signaled(let number): "signal \(number)"
        case .timedOut: "timed out"
        }
    }
}

/// What a finished child left: its ending and both outputs, byte for byte.
struct Outcome: Sendable, CustomStringConvertible {
    var ending: Ending
    var output: [UInt8]
    var errors: [UInt8]

    var text: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errors, as: UTF8.self) }
    /// The output's lines, without the empty one after the last newline.
    var lines: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLastEmpty().map(String.init)
    }
    var isSuccess: Bool { ending == .exited(0) }

    /// Shown when an expectation about it fails.
    var description: String {
        "\(ending)\nstdout: \(text.suffix(2000))\nstderr: \(errorText.suffix(2000))"
    }
}

extension Array where Element == Substring {
    fileprivate func dropLastEmpty() -> ArraySlice<Substring> { last == "" ? dropLast() : self[...] }
}

/// A test's own trouble, not the product's: a file that cannot be written, a call that fails.
struct TestTrouble: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }

    /// Throws with errno's words when `result` is negative.
    static func check<Value: SignedInteger>(_ result: Value, _ what: String) throws -> Value {
        guard result < 0 else { return result }
        throw TestTrouble("\(what): \(String(cString: strerror(errno)))")
    }
}

/// What posix_spawn(3) is to start.
struct Invocation {
    var arguments: [String]
    var environment: [String: String]
    var directory: String
    /// The child's descriptors: their number there, and ours that is to stand at it.
    var descriptors: [(inside: Int32, ours: Int32)] = []
    /// A terminal's path: the child becomes a session leader with it as controlling terminal and as 0, 1 and 2.
    var terminal: String?

    /// Starts the program, in a process group (or session) of its own, and returns its pid.
    func start() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let terminal {
            posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        }
        for descriptor in descriptors {
            posix_spawn_file_actions_adddup2(&actions, descriptor.ours, descriptor.inside)
        }
        posix_spawn_file_actions_addchdir_np(&actions, directory)
        // Test runners ignore and block signals; a child starts with the defaults, as under a shell.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let group = terminal == nil ? POSIX_SPAWN_SETPGROUP : POSIX_SPAWN_SETSID
        posix_spawnattr_setflags(&attributes, Int16(group | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var pid: pid_t = 0
        var code: CInt = 0
        // A copy that was just written is busy for as long as a child that another test has forked meanwhile holds it.
        for _ in 0..<100 {
            code = withStrings(arguments) { argv in
                withStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
                    posix_spawnp(&pid, arguments[0], &actions, &attributes, argv, envp)
                }
            }
            if code != ETXTBSY { break }
            usleep(10_000)
        }
        guard code == 0 else { throw TestTrouble("cannot start \(arguments): \(String(cString: strerror(code)))") }
        return pid
    }
}

/// A null-ended array of C strings for the time of `body`.
private func withStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return body(copies)
}

/// Reads the status of `pid` without waiting: nil while it runs.
func reap(_ pid: pid_t) -> Ending? {
    var status: Int32 = 0
    return waitpid(pid, &status, WNOHANG) == pid ? Ending(status: status) : nil
}

/// Waits until `condition` holds, looking every few milliseconds; false when it did not within `seconds`.
func eventually(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = Date().addingTimeInterval(seconds)
    repeat {
        if try condition() { return true }
        usleep(3000)
    } while Date() < end
    return false
}
