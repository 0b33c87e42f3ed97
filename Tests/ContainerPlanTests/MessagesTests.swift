import ContainerPlan
import Diagnostics
import Testing

private let initMessages: [InitMessage] =
    [
        .overlayMounted, .rootPrepared, .terminal, .seccompListener, .created, .running, .wantsInput, .networkMissed,
        .warning(""), .warning("the host's clock\nis 日本語 and \0 too"), .stopped(signal: 20),
        .stopped(signal: .min), .sourceWanted(step: 0), .sourceWanted(step: 7), .exited(status: 0),
        .exited(status: 255), .exited(status: .max),
    ]
    + SandboxError.Kind.allCases.map { .failed(SandboxError($0, "no \($0.rawValue)")) } + [
        .failed(SandboxError(.system, "", errno: 13, context: [], remedy: "")),
        .failed(SandboxError(.refused, "mount", errno: -1, context: ["", "create web", "é"], remedy: "sudo x")),
    ]

private let parentMessages: [ParentMessage] = [
    .mapped, .source, .hooksDone, .recorded, .start, .signal(15), .signal(.max), .signal(-1), .resume,
    .resumeInBackground,
]

@Suite("handshake messages")
struct MessagesTests {
    @Test("init's messages come back as they were sent", arguments: initMessages)
    func initRoundTrip(message: InitMessage) {
        #expect(InitMessage(bytes: message.bytes) == message)
    }

    @Test("the parent's messages come back as they were sent", arguments: parentMessages)
    func parentRoundTrip(message: ParentMessage) {
        #expect(ParentMessage(bytes: message.bytes) == message)
    }

    @Test("no two messages have the same bytes")
    func distinct() {
        #expect(Set(initMessages.map(\.bytes)).count == initMessages.count)
        #expect(Set(parentMessages.map(\.bytes)).count == parentMessages.count)
    }

    @Test("the bytes are little-endian numbers and counted texts")
    func layout() {
        #expect(InitMessage.stopped(signal: 258).bytes == [9, 0, 0, 0, 2, 1, 0, 0])
        #expect(InitMessage.warning("é!").bytes == [6, 0, 0, 0, 3, 0, 0, 0, 0xC3, 0xA9, 0x21])
        #expect(ParentMessage.signal(-2).bytes == [5, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF])
    }

    @Test("a message cut off at any byte, or with anything behind it, is none", arguments: initMessages)
    func cutInit(message: InitMessage) {
        let bytes = message.bytes
        for count in bytes.indices { #expect(InitMessage(bytes: Array(bytes.prefix(count))) == nil, "\(count) bytes") }
        for more: [UInt8] in [[0], [0, 0, 0, 0], bytes] { #expect(InitMessage(bytes: bytes + more) == nil) }
    }

    @Test("the same for the parent's messages", arguments: parentMessages)
    func cutParent(message: ParentMessage) {
        let bytes = message.bytes
        for count in bytes.indices {
            #expect(ParentMessage(bytes: Array(bytes.prefix(count))) == nil, "\(count) bytes")
        }
        for more: [UInt8] in [[0], [0, 0, 0, 0], bytes] { #expect(ParentMessage(bytes: bytes + more) == nil) }
    }

    @Test("tags that no message has, and counts that cannot be, are none")
    func impossible() {
        for tag: UInt8 in [0, 14, 255] { #expect(InitMessage(bytes: [tag, 0, 0, 0]) == nil) }
        for tag: UInt8 in [0, 9, 255] { #expect(ParentMessage(bytes: [tag, 0, 0, 0]) == nil) }
        #expect(InitMessage(bytes: [1, 0, 0, 1]) == nil)
        for count: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0x80]] {
            #expect(InitMessage(bytes: [6, 0, 0, 0] + count) == nil)
        }
    }

    @Test("a kind of error that does not exist is none")
    func unknownKind() {
        var bytes = InitMessage.failed(SandboxError(.system, "x")).bytes
        bytes[8] = UInt8(ascii: "x")
        #expect(InitMessage(bytes: bytes) == nil)
    }

    @Test("a context that claims more texts than there are bytes ends at once")
    func hugeContext() {
        var bytes = InitMessage.failed(SandboxError(.system, "x")).bytes
        // From the end: the absent remedy, then the count of the context.
        bytes.replaceSubrange(bytes.count - 8..<bytes.count - 4, with: [0xFF, 0xFF, 0xFF, 0x7F])
        #expect(InitMessage(bytes: bytes) == nil)
    }

    @Test("text that is no UTF-8 is mended, not refused: an error must reach people")
    func badText() {
        #expect(InitMessage(bytes: [6, 0, 0, 0, 2, 0, 0, 0, 0x61, 0xFF]) == .warning("a\u{FFFD}"))
    }

    @Test("whatever random bytes are read as reads back the same", arguments: 0..<8 as Range<UInt64>)
    func random(seed: UInt64) {
        var source = SplitMix(state: seed)
        var understood = 0
        for _ in 0..<4000 {
            // Half are pure noise; half are a good message with some bytes changed.
            var bytes = (0..<Int.random(in: 0...40, using: &source)).map { _ in
                UInt8.random(in: 0...255, using: &source)
            }
            if Bool.random(using: &source), let message = initMessages.randomElement(using: &source) {
                bytes = message.bytes
                for _ in 0..<Int.random(in: 0...3, using: &source) {
                    bytes[Int.random(in: bytes.indices, using: &source)] = UInt8.random(in: 0...255, using: &source)
                }
            }
            if let message = InitMessage(bytes: bytes) {
                understood += 1
                #expect(InitMessage(bytes: message.bytes) == message)
            }
            if let message = ParentMessage(bytes: bytes) { #expect(ParentMessage(bytes: message.bytes) == message) }
        }
        #expect(understood > 400, "the mutations are too wild to reach the payloads")
    }
}

/// The splitmix64 generator: the same numbers on every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
