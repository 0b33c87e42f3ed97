import ContainerPlan
import Testing

@testable import ContainerRuntime

@Suite("background") struct BackgroundTests {
    @Test(
        "what a terminal says is read back",
        arguments: [
            ClientMessage.attach(TerminalSize(rows: 24, columns: 300)), .input([0, 3, 255]), .input([]),
            .resize(TerminalSize(rows: 1, columns: 65535)), .join(stay: true), .join(stay: false),
        ])
    func clientMessages(_ message: ClientMessage) {
        #expect(ClientMessage(bytes: message.bytes) == message)
    }

    @Test(
        "what a sandbox says is read back",
        arguments: [
            ServerMessage.welcome, .refusal("no – not now"), .output([1, 2]), .ended(status: 137), .ended(status: -1),
        ])
    func serverMessages(_ message: ServerMessage) {
        #expect(ServerMessage(bytes: message.bytes) == message)
    }

    @Test(
        "anything else is no message", arguments: [[], [0], [9, 1], [1, 2], [3, 1, 2, 3], [4, 2], [4]] as [[UInt8]])
    func noMessages(_ bytes: [UInt8]) {
        #expect(ClientMessage(bytes: bytes) == nil)
    }

    @Test("Ctrl-] three times in a second leaves, and nothing less")
    func detachKeys() {
        var keys = DetachKeys()
        #expect(keys.pass([0x1D, 0x1D], now: 0) == [0x1D, 0x1D])
        #expect(keys.pass([97], now: 10) == [97])
        #expect(keys.pass([0x1D, 0x1D], now: 20) == [0x1D, 0x1D])
        #expect(keys.pass([0x1D], now: 1500) == [0x1D])
        #expect(!keys.isComplete)
        #expect(keys.pass([0x1D, 0x1D, 98], now: 1600) == [0x1D])
        #expect(keys.isComplete)
    }

    @Test(
        "names of sandboxes are plain words",
        arguments: [
            ("web", true), ("a.b_c+d-1", true), ("9", true), ("", false), (".", false), ("..", false), ("-x", false),
            ("@run", false), ("a/b", false), ("a b", false), ("ü", false), (String(repeating: "x", count: 64), true),
            (String(repeating: "x", count: 65), false),
        ])
    func names(_ name: String, _ isValid: Bool) {
        #expect(isSandboxName(name) == isValid)
    }

    @Test("a record survives writing and reading")
    func record() throws {
        var record = SandboxRecord(
            name: "web", kind: .detached, command: ["sh", "-c", "a\nb"], project: "/p", profile: "default")
        record.initial = ProcessIdentity(pid: 7, startTime: 1 << 40)
        record.namespaces = ["user": 5, "mnt": 6]
        record.exitStatus = 3
        #expect(try SandboxRecord(decoding: record.encoded()) == record)
        #expect(record.status == .exited(3))
    }

    @Test("a sandbox whose supervisor is gone is lost")
    func lost() {
        var record = SandboxRecord(name: "x", kind: .detached, command: [], project: nil, profile: "default")
        record.supervisor = ProcessIdentity(pid: 1, startTime: .max)
        #expect(record.status == .lost)
    }
}
