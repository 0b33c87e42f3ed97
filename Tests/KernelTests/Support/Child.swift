import Foundation

/// A running program with pipes at 0, 1 and 2. Whoever starts one waits for it; what still runs when the last
/// reference goes is killed with its whole process group, so a failing test leaves nothing behind.
final class Child {
    let pid: pid_t
    private(set) var ending: Ending?
    private var input: Int32
    private var output: Int32
    private var errors: Int32
    private var gathered = Outcome(ending: .timedOut, output: [], errors: [])

    init(_ invocation: Invocation) throws {
        // A child that ends before it has read its input must not end the tests; children start with the default.
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = []
        for _ in 0..<3 {
            var pair: [Int32] = [0, 0]
            _ = try TestTrouble.check(pipe2(&pair, O_CLOEXEC), "pipe")
            ends += pair
        }
        var invocation = invocation
        invocation.descriptors = [(0, ends[0]), (1, ends[3]), (2, ends[5])] + invocation.descriptors
        (input, output, errors) = (ends[1], ends[2], ends[4])
        defer { [ends[0], ends[3], ends[5]].forEach { close($0) } }
        pid = try invocation.start()
        [input, output, errors].forEach { _ = fcntl($0, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        if ending == nil { _ = end(after: 0) }
        [input, output, errors].filter { $0 >= 0 }.forEach { close($0) }
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Closes the child's standard input.
    func closeInput() {
        guard input >= 0 else { return }
        close(input)
        input = -1
    }

    /// What the child has printed until now.
    func printed() -> String {
        drain()
        return gathered.text
    }

    /// Waits until the output holds `text`.
    func waitForOutput(_ text: String, within seconds: Double = 15) throws {
        if eventually(within: seconds, { printed().contains(text) || hasEnded() }), printed().contains(text) { return }
        throw TestTrouble(
            "waited for \"\(text)\", have \(printed()) and \(String(decoding: gathered.errors, as: UTF8.self))")
    }

    /// Whether the child has ended; it is reaped then.
    func hasEnded() -> Bool {
        if ending == nil { ending = reap(pid) }
        return ending != nil
    }

    /// Feeds `bytes`, closes standard input, gathers both outputs and waits; after `seconds` the group is killed.
    ///
    /// Only the child's own end is waited for, and what it printed until then is read: a process that outlives
    /// it with the pipes in hand would otherwise hang the test instead of failing it.
    func finish(feeding bytes: [UInt8] = [], within seconds: Double = 20) -> Outcome {
        var rest = bytes[...]
        if rest.isEmpty { closeInput() }
        let end = Date().addingTimeInterval(seconds)
        while !hasEnded() {
            if Date() > end {
                _ = self.end(after: 0)
                gathered.ending = .timedOut
                drain()
                return gathered
            }
            if !rest.isEmpty { feed(&rest) }
            drain()
            waitForEvents(wantingToWrite: !rest.isEmpty)
        }
        drain()
        gathered.ending = ending ?? .timedOut
        return gathered
    }

    /// Kills the group and reaps the child.
    private func end(after seconds: Double) -> Ending? {
        kill(-pid, SIGKILL)
        kill(pid, SIGKILL)
        var status: Int32 = 0
        if waitpid(pid, &status, 0) == pid { ending = Ending(status: status) }
        return ending
    }

    private func feed(_ rest: inout ArraySlice<UInt8>) {
        let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
        if count > 0 { rest = rest.dropFirst(count) }
        let isBroken = count < 0 && errno != EAGAIN
        if isBroken { rest = [] }
        if rest.isEmpty { closeInput() }
    }

    /// Sleeps until a pipe has news, at most 20 ms, since the child's end is no news of a pipe.
    private func waitForEvents(wantingToWrite: Bool) {
        var polls = [output, errors].filter { $0 >= 0 }.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        if wantingToWrite, input >= 0 { polls.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0)) }
        if polls.isEmpty { usleep(2000) } else { poll(&polls, nfds_t(polls.count), 20) }
    }

    private func drain() {
        Self.read(&output, into: &gathered.output)
        Self.read(&errors, into: &gathered.errors)
    }

    private static func read(_ descriptor: inout Int32, into bytes: inout [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while descriptor >= 0 {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 { bytes += buffer[..<count] }
            if count == 0 {
                close(descriptor)
                descriptor = -1
            }
            if count < 0 { return }
        }
    }
}
