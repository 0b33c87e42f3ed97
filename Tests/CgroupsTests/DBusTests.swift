import Diagnostics
import Testing

@testable import Cgroups

private func bytes(_ hex: String) -> [UInt8] {
    hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
}

private func written(_ values: DBusValue...) -> [UInt8] {
    var writer = DBusWriter()
    for value in values { writer.write(value) }
    return writer.bytes
}

@Suite("the D-Bus wire format")
struct DBusTests {
    @Test("values are aligned and written as the specification's examples are")
    func examples() {
        #expect(
            written(.string("foo"), .string("+"), .string("bar"))
                == bytes(
                    "03 00 00 00 66 6f 6f 00 01 00 00 00 2b 00 00 00 03 00 00 00 62 61 72 00"))
        // An array's length leaves out the padding before its first element.
        #expect(written(.array("x", [.int64(5)])) == bytes("08 00 00 00 00 00 00 00 05 00 00 00 00 00 00 00"))
        #expect(written(.array("(sv)", [])) == bytes("00 00 00 00 00 00 00 00"))
        #expect(written(.byte(1), .uint32(2)) == bytes("01 00 00 00 02 00 00 00"))
        #expect(written(.variant(.uint32(7))) == bytes("01 75 00 00 07 00 00 00"))
        #expect(written(.signature("a(sv)"), .boolean(true)) == bytes("05 61 28 73 76 29 00 00 01 00 00 00"))
    }

    private let everything: [DBusValue] = [
        .byte(255), .boolean(true), .int16(-2), .uint16(65535), .int32(-3), .uint32(4_000_000_000), .int64(.min),
        .uint64(.max), .double(1.5), .string("ä\u{1F600}"), .objectPath("/a/b"), .signature("a{sv}"),
        .array("ay", [.array("y", [.byte(1), .byte(2)]), .array("y", [])]),
        .array("{sv}", [.dictEntry(.string("k"), .variant(.structure([.byte(1), .uint64(2)])))]),
        .structure([.string("x"), .variant(.array("(st)", [.structure([.string("/dev"), .uint64(9)])]))]),
    ]

    @Test("what is written is read again")
    func roundTrip() throws {
        var writer = DBusWriter()
        for value in everything { writer.write(value) }
        var reader = DBusReader(writer.bytes)
        #expect(try reader.read(everything.map(\.signature).joined()) == everything)
        #expect(reader.offset == writer.bytes.count)
    }

    @Test("big endian is read")
    func bigEndian() throws {
        var reader = DBusReader(bytes("00 00 00 03 66 6f 6f 00 01 02"), bigEndian: true)
        #expect(try reader.read("s") == [.string("foo")])
        #expect(try reader.read("q") == [.uint16(0x0102)])
    }

    @Test("every shortened message is an error and not a crash")
    func shortened() throws {
        let message = DBusMessage.manager("Start", everything).encoded()
        for count in 16..<message.count {
            #expect(throws: SandboxError.self) { try DBusMessage.decode(Array(message[..<count])) }
        }
        #expect(throws: SandboxError.self) { try DBusMessage.decode([]) }
    }

    @Test("changed bytes are read or refused, but do not crash")
    func changed() {
        let message = DBusMessage.manager("Start", everything).encoded()
        for index in message.indices {
            for value in [UInt8(0), 1, 0x28, 0x7f, 0x80, 0xff] {
                var copy = message
                copy[index] = value
                do { _ = try DBusMessage.decode(copy) } catch { #expect(!error.message.isEmpty) }
                do { _ = try DBusMessage.length(of: copy) } catch { #expect(!error.message.isEmpty) }
            }
        }
    }

    @Test(
        "malformed values are errors",
        arguments: [
            ("b", "02 00 00 00"), ("s", "ff ff ff 7f 00"), ("s", "01 00 00 00 61 62"),
            ("au", "05 00 00 00 00 00 00 00 00"),
            ("v", "02 75 75 00 01 00 00 00"), ("z", "00"), ("(", "00"), ("a", "00 00 00 00"), ("()", "00"),
            ("a{s}", "04 00 00 00 00 00 00 00 00 00 00 00"),
        ])
    func malformed(signature: String, hex: String) {
        var reader = DBusReader(bytes(hex))
        #expect(throws: SandboxError.self) { try reader.read(signature) }
    }

    @Test("nesting has an end")
    func nesting() {
        // A variant in a variant in a variant …
        var reader = DBusReader(
            [UInt8](repeating: 0, count: 8) + (0..<200).flatMap { _ in [1, 0x76, 0] as [UInt8] }, offset: 8)
        #expect(throws: SandboxError.self) { try reader.read("v") }
    }

    @Test("a message is its header's bytes, its length known from the first sixteen")
    func message() throws {
        var message = DBusMessage.bus("Hello")
        message.serial = 1
        let encoded = message.encoded()
        #expect(Array(encoded.prefix(12)) == bytes("6c 01 00 01 00 00 00 00 01 00 00 00"))
        #expect(encoded.count % 8 == 0)
        #expect(try DBusMessage.length(of: encoded) == encoded.count)
        #expect(try DBusMessage.length(of: Array(encoded.prefix(15))) == nil)
        #expect(try DBusMessage.decode(encoded) == message)
        let reply = DBusMessage(.error, serial: 9, replySerial: 1, errorName: "org.x.NoSuchUnit", body: [.string("no")])
        #expect(try DBusMessage.decode(reply.encoded()) == reply)
        #expect(dbusError(reply).kind == .notFound)
    }

    @Test("addresses of local sockets are taken, with escapes; others are not")
    func addresses() throws {
        let path = try #require(parseBusAddress("unix:guid=1,path=/run/a%20b%2fc"))
        #expect(path.path == "/run/a b/c" && !path.abstract)
        #expect(try #require(parseBusAddress("unix:abstract=/tmp/x,guid=5")).abstract)
        #expect(parseBusAddress("tcp:host=localhost") == nil)
        #expect(parseBusAddress("unix:path=/a%2") == nil)
        #expect(parseBusAddress("unix:tmpdir=/tmp") == nil)
    }
}

@Suite("GVariant text")
struct GVariantTests {
    @Test(
        "values",
        arguments: [
            ("true", .boolean(true)), ("5", .int32(5)), ("-5", .int32(-5)), ("uint64 5", .uint64(5)),
            ("0x1f", .int32(31)),
            ("1.5", .double(1.5)), ("byte 0x10", .byte(16)), ("'a\\'b\\u00e4'", .string("a'bä")),
            ("\"x\"", .string("x")),
            ("objectpath '/a'", .objectPath("/a")), ("@as []", .array("s", [])),
            ("['a', 'b']", .strings(["a", "b"])), ("(1, 'x')", .structure([.int32(1), .string("x")])),
            ("('x',)", .structure([.string("x")])), ("<uint32 3>", .variant(.uint32(3))),
            ("@a(st) [('/dev/sda', 7)]", .array("(st)", [.structure([.string("/dev/sda"), .uint64(7)])])),
            ("{'a': <1>}", .array("{sv}", [.dictEntry(.string("a"), .variant(.int32(1)))])),
            ("@a{su} {}", .array("{su}", [])), (" [ byte 1 , 2 ] ", .array("y", [.byte(1), .byte(2)])),
        ] as [(String, DBusValue)])
    func values(text: String, value: DBusValue) throws { #expect(try parseGVariant(text) == value) }

    @Test(
        "what is no value",
        arguments: [
            "", "[]", "{}", "()", "'a", "5 6", "byte 256", "uint32 -1", "[1, 'a']", "<1", "@as 5", "@s true", "nothing",
            "(1", "{'a' 1}", "'\\u12'", "@(su) ('a',)", "@(s) ('a', 1)",
        ])
    func refused(text: String) {
        let error = #expect(throws: SandboxError.self) { try parseGVariant(text) }
        #expect(error?.kind == .invalidInput)
    }

    @Test("nesting has an end")
    func nesting() {
        #expect(throws: SandboxError.self) { try parseGVariant(String(repeating: "[", count: 10000)) }
    }
}
