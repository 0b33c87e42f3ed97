import Foundation

/// A program under a pseudo terminal, as a person's shell would start it: the terminal is its controlling one.
final class Terminal {
    let pid: pid_t
    private let master: Int32
    private(set) var ending: Ending?
    private var screen: [UInt8] = []

    init(_ invocation: Invocation, rows: UInt16 = 33, columns: UInt16 = 111) throws {
        master = try TestTrouble.check(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "posix_openpt")
        _ = try TestTrouble.check(grantpt(master), "grantpt")
        _ = try TestTrouble.check(unlockpt(master), "unlockpt")
        var name = [CChar](repeating: 0, count: 64)
        _ = try TestTrouble.check(-ptsname_r(master, &name, name.count), "ptsname")
        let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // An ordinary user who is switched to keeps the open descriptors; the path must let it in as well.
        _ = chmod(path, 0o666)
        Self.resize(master, rows, columns)
        var invocation = invocation
        invocation.terminal = path
        pid = try invocation.start()
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
    }

    deinit {
        if ending == nil {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        close(master)
    }

    /// Everything shown until now, without carriage returns.
    func shown() -> String {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = read(master, &buffer, buffer.count)
            guard count > 0 else { break }
            screen += buffer[..<count]
        }
        return String(decoding: screen.filter { $0 != 13 }, as: UTF8.self)
    }

    /// Types `text`: "\u{3}" is Ctrl-C, "\u{1a}" Ctrl-Z, "\u{4}" the end of input.
    func type(_ text: String) {
        var rest = Array(text.utf8)[...]
        _ = eventually(within: 5) {
            let count = rest.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) }
            return rest.isEmpty
        }
    }

    func resize(rows: UInt16, columns: UInt16) { Self.resize(master, rows, columns) }

    private static func resize(_ terminal: Int32, _ rows: UInt16, _ columns: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
    }

    /// Waits until `text` was shown.
    func waitFor(_ text: String, within seconds: Double = 15) throws {
        guard eventually(within: seconds, { shown().contains(text) }) else {
            throw TestTrouble("waited for \"\(text)\" on the terminal, which shows: \(shown())")
        }
    }

    /// Types `text` again and again until `shown` is there: a program may start to listen late.
    func type(_ text: String, until shown: String) throws {
        for _ in 0..<20 {
            type(text)
            if eventually(within: 1, { self.shown().contains(shown) }) { return }
        }
        throw TestTrouble("waited for \"\(shown)\" on the terminal, which shows: \(self.shown())")
    }

    /// Waits for the program's end; what takes longer than `seconds` is killed.
    func finish(within seconds: Double = 20) -> Ending {
        let isOver = eventually(within: seconds) {
            _ = shown()
            if ending == nil { ending = reap(pid) }
            return ending != nil
        }
        _ = shown()
        if isOver, let ending { return ending }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        ending = .timedOut
        return .timedOut
    }
}
