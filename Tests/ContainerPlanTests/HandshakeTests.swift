import ContainerPlan
import Diagnostics
import Testing

private let broken = SandboxError(.refused, "no such device", errno: 19, context: ["mount /"], remedy: "load it")

/// Every message, and how an error names it.
private let messages: [(message: InitMessage, name: String)] = [
    (.overlayMounted, "overlayMounted"), (.rootPrepared, "rootPrepared"), (.terminal, "terminal"),
    (.seccompListener, "seccompListener"), (.created, "created"), (.warning("slow"), #"warning("slow")"#),
    (.failed(broken), "failed(mount /: no such device (hint: load it))"), (.running, "running"),
    (.stopped(signal: 20), "stopped(signal: 20)"), (.wantsInput, "wantsInput"),
    (.exited(status: 7), "exited(status: 7)"), (.sourceWanted(step: 3), "sourceWanted(step: 3)"),
    (.networkMissed, "networkMissed"),
]

/// What is taken in each state, what is to be done then, and the state it leads to; everything else is an error.
private let taken: [Handshake.State: [(message: InitMessage, action: Handshake.Action, next: Handshake.State)]] = [
    .mapping: [
        (.warning("slow"), .warn("slow"), .mapping), (.failed(broken), .fail(broken), .failed),
    ],
    .preparing: [
        (.warning("slow"), .warn("slow"), .preparing), (.failed(broken), .fail(broken), .failed),
        (.overlayMounted, .serveOverlay, .preparing), (.terminal, .takeTerminal, .preparing),
        (.sourceWanted(step: 3), .giveSource(step: 3), .preparing), (.rootPrepared, .runHooks, .hooks),
    ],
    .hooks: [
        (.warning("slow"), .warn("slow"), .hooks), (.failed(broken), .fail(broken), .failed),
    ],
    .finishing: [
        (.warning("slow"), .warn("slow"), .finishing), (.failed(broken), .fail(broken), .failed),
        (.terminal, .takeTerminal, .finishing), (.seccompListener, .takeSeccompListener, .finishing),
        (.created, .containerCreated, .created),
    ],
    .created: [
        (.warning("slow"), .warn("slow"), .created), (.failed(broken), .fail(broken), .failed),
    ],
    .started: [
        (.warning("slow"), .warn("slow"), .started), (.failed(broken), .fail(broken), .started),
        (.running, .commandRunning, .started), (.seccompListener, .takeSeccompListener, .started),
        (.stopped(signal: 20), .commandStopped(signal: 20), .started),
        (.wantsInput, .giveInput, .started), (.networkMissed, .networkMissed, .started),
        (.exited(status: 7), .commandExited(status: 7), .ended),
    ],
    .ended: [],
    .failed: [],
]

/// A handshake that has come to this state in the shortest way.
private func handshake(in state: Handshake.State) throws -> Handshake {
    var handshake = Handshake()
    let way: [Handshake.State] = [.mapping, .preparing, .hooks, .finishing, .created, .started, .ended]
    guard state != .failed else {
        _ = try handshake.receive(.failed(broken))
        return handshake
    }
    for passed in way.prefix(while: { $0 != state }) {
        switch passed {
        case .mapping: #expect(try handshake.mappingDone() == .mapped)
        case .preparing: #expect(try handshake.receive(.rootPrepared) == .runHooks)
        case .hooks: #expect(try handshake.hooksDone() == .hooksDone)
        case .finishing: #expect(try handshake.receive(.created) == .containerCreated)
        case .created: #expect(try handshake.start() == .start)
        case .started: #expect(try handshake.receive(.exited(status: 0)) == .commandExited(status: 0))
        case .ended, .failed: break
        }
    }
    try #require(handshake.state == state)
    return handshake
}

@Suite("create handshake")
struct HandshakeTests {
    @Test("a whole life in order, with every message init can send")
    func inOrder() throws {
        var handshake = Handshake()
        #expect(try handshake.receive(.warning("early")) == .warn("early"))
        #expect(try handshake.mappingDone() == .mapped)
        #expect(try handshake.receive(.overlayMounted) == .serveOverlay)
        #expect(try handshake.receive(.rootPrepared) == .runHooks)
        #expect(try handshake.hooksDone() == .hooksDone)
        #expect(try handshake.receive(.terminal) == .takeTerminal)
        #expect(try handshake.receive(.seccompListener) == .takeSeccompListener)
        #expect(try handshake.receive(.created) == .containerCreated)
        #expect(try handshake.start() == .start)
        #expect(try handshake.receive(.running) == .commandRunning)
        #expect(try handshake.receive(.wantsInput) == .giveInput)
        for signal: Int32 in [19, 20] {
            #expect(try handshake.receive(.stopped(signal: signal)) == .commandStopped(signal: signal))
        }
        #expect(try handshake.receive(.exited(status: 130)) == .commandExited(status: 130))
        #expect(handshake.state == .ended)
        #expect(handshake.endOfFile() == nil)
    }

    @Test("the shortest life: no overlay, terminal, listener or reaper")
    func shortest() throws {
        var handshake = try handshake(in: .started)
        #expect(handshake.endOfFile() == nil)
        #expect(handshake.state == .started)
    }

    @Test("a process that nothing holds back is started by its first message")
    func open() throws {
        var handshake = Handshake()
        #expect(try handshake.mappingDone(starts: true) == .mapped)
        #expect(handshake.state == .started)
        #expect(try handshake.receive(.warning("late")) == .warn("late"))
        #expect(try handshake.receive(.failed(broken)) == .fail(broken))
        #expect(handshake.endOfFile() == nil)
    }

    @Test("every message in every state", arguments: Handshake.State.allCases, messages.indices)
    func table(state: Handshake.State, index: Int) throws {
        let (message, name) = messages[index]
        var handshake = try handshake(in: state)
        let row = try #require(taken[state]).first { $0.message == message }
        if let row {
            #expect(try handshake.receive(message) == row.action)
            #expect(handshake.state == row.next)
        } else {
            let text = "init sent \(name) while the create handshake was in state \(state.rawValue)"
            #expect(throws: SandboxError(.system, text)) { try handshake.receive(message) }
            #expect(handshake.state == .failed)
        }
    }

    @Test(
        "what init may say once is out of order the second time",
        arguments: [
            (.preparing, .overlayMounted, "overlayMounted"), (.preparing, .terminal, "terminal"),
            (.finishing, .terminal, "terminal"), (.finishing, .seccompListener, "seccompListener"),
            (.started, .running, "running"),
        ] as [(Handshake.State, InitMessage, String)])
    func repeated(state: Handshake.State, message: InitMessage, name: String) throws {
        var handshake = try handshake(in: state)
        _ = try handshake.receive(message)
        #expect(handshake.state == state)
        let text = "init sent \(name) while the create handshake was in state \(state.rawValue)"
        #expect(throws: SandboxError(.system, text)) { try handshake.receive(message) }
        #expect(handshake.state == .failed)
    }

    @Test("a terminal is given once, before or after the hooks")
    func terminalOnce() throws {
        var handshake = try handshake(in: .preparing)
        #expect(try handshake.receive(.terminal) == .takeTerminal)
        #expect(try handshake.receive(.rootPrepared) == .runHooks)
        #expect(try handshake.hooksDone() == .hooksDone)
        #expect(throws: SandboxError.self) { try handshake.receive(.terminal) }
        #expect(handshake.state == .failed)
    }

    @Test("warnings and what a running command says may repeat")
    func repeatable() throws {
        var handshake = try handshake(in: .started)
        for _ in 0..<3 {
            #expect(try handshake.receive(.warning("slow")) == .warn("slow"))
            #expect(try handshake.receive(.wantsInput) == .giveInput)
            #expect(try handshake.receive(.stopped(signal: 20)) == .commandStopped(signal: 20))
        }
        #expect(handshake.state == .started)
    }

    @Test("a command that cannot be executed is told, and how it ended after it")
    func failedCommand() throws {
        var handshake = try handshake(in: .started)
        #expect(try handshake.receive(.failed(broken)) == .fail(broken))
        #expect(try handshake.receive(.exited(status: 127)) == .commandExited(status: 127))
        #expect(handshake.endOfFile() == nil)
    }

    @Test(
        "end of file before the start fails the create; later it is the proper end", arguments: Handshake.State.allCases
    )
    func endOfFile(state: Handshake.State) throws {
        var handshake = try handshake(in: state)
        let error = handshake.endOfFile()
        switch state {
        case .started, .ended, .failed:
            #expect(error == nil)
            #expect(handshake.state == state)
        case .mapping, .preparing, .hooks, .finishing, .created:
            let text = "the container's init died while the create handshake was in state \(state.rawValue)"
            #expect(error == SandboxError(.system, text))
            #expect(handshake.state == .failed)
            #expect(handshake.endOfFile() == nil, "told once")
        }
    }

    @Test("the parent's own steps are taken from one state each", arguments: Handshake.State.allCases)
    func parentSteps(state: Handshake.State) throws {
        try step(state, from: .mapping, to: .preparing, .mapped) { try $0.mappingDone() }
        try step(state, from: .mapping, to: .started, .mapped) { try $0.mappingDone(starts: true) }
        try step(state, from: .hooks, to: .finishing, .hooksDone) { try $0.hooksDone() }
        try step(state, from: .created, to: .started, .start) { try $0.start() }
    }

    private func step(
        _ state: Handshake.State, from: Handshake.State, to next: Handshake.State, _ message: ParentMessage,
        _ take: (inout Handshake) throws -> ParentMessage
    ) throws {
        var handshake = try handshake(in: state)
        if state == from {
            #expect(try take(&handshake) == message)
            #expect(handshake.state == next)
        } else {
            let text = "the create handshake is in state \(state.rawValue), not \(from.rawValue)"
            #expect(throws: SandboxError(.system, text)) { try take(&handshake) }
            #expect(handshake.state == state, "a step of the parent that is refused changes nothing")
        }
    }
}
