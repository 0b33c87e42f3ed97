import Diagnostics
import RuntimeSpec
import Testing

@testable import Cgroups

typealias Rule = Spec.Linux.Resources.DeviceRule

/// Runs a device program as the kernel would; only the instructions the assembler knows.
private func run(_ code: [UInt64], kind: DeviceRule.Kind, _ major: UInt32, _ minor: UInt32, _ access: UInt32) -> Int? {
    let context: [UInt64] = [UInt64(access << 16 | kind.rawValue), UInt64(major), UInt64(minor)]
    var registers = [UInt64](repeating: 0, count: 11)
    var position = 0
    while position < code.count {
        let instruction = code[position]
        let target = Int(instruction >> 8 & 0xf)
        let source = Int(instruction >> 12 & 0xf)
        let offset = Int(Int16(bitPattern: UInt16(instruction >> 16 & 0xffff)))
        let value = UInt64(bitPattern: Int64(Int32(bitPattern: UInt32(instruction >> 32))))
        position += 1
        switch instruction & 0xff {
        case 0x61: registers[target] = context[offset / 4]
        case 0xbf: registers[target] = registers[source]
        case 0xb7: registers[target] = value
        case 0x57: registers[target] &= value
        case 0x77: registers[target] >>= value
        case 0x05: position += offset
        case 0x55: if registers[target] != value { position += offset }
        case 0x45: if registers[target] & value != 0 { position += offset }
        case 0x95: return Int(registers[0])
        default: return nil
        }
    }
    return nil
}

@Suite("device rules")
struct DeviceTests {
    private let sets: [[Rule]] = [
        [], [Rule(allow: false, access: "rwm")], [Rule(allow: true)],
        [Rule(allow: true), Rule(allow: false, kind: .character, major: 1, minor: 11, access: "w")],
        [
            Rule(allow: true, kind: .character, major: 10, access: "r"),
            Rule(allow: true, kind: .character, major: 10, minor: 5, access: "w"),
        ],
        [
            Rule(allow: true, kind: .block, access: "rw"), Rule(allow: false, major: 8, minor: -1),
            Rule(allow: true, kind: .block, major: 8, minor: 1, access: "rwm"),
        ],
        [
            Rule(allow: true), Rule(allow: false, kind: .all, major: -1, minor: -1, access: "m"),
            Rule(allow: true, access: ""),
        ],
    ]

    @Test("the program decides as the rules read in order do")
    func program() throws {
        var allowed = 0
        for rules in sets {
            let policy = try DevicePolicy(rules)
            let code = policy.program()
            for kind in [DeviceRule.Kind.block, .character] {
                for major: UInt32 in [0, 1, 5, 8, 10, 136, 300] {
                    for minor: UInt32 in [0, 1, 2, 3, 5, 11, 1 << 20 - 1] {
                        for access: UInt32 in 1...7 {
                            let expected = policy.allows(kind, major, minor, .init(rawValue: access))
                            #expect(run(code, kind: kind, major, minor, access) == (expected ? 1 : 0))
                            allowed += expected ? 1 : 0
                        }
                    }
                }
            }
        }
        #expect(allowed > 500)
    }

    @Test("nothing but the usual devices is allowed without rules; single accesses add up")
    func policy() throws {
        let none = try DevicePolicy([])
        #expect(none.allows(.character, 1, 3, .all))
        #expect(none.allows(.character, 136, 7, [.read, .write]))
        #expect(none.allows(.block, 8, 0, .mknod))
        #expect(!none.allows(.block, 8, 0, .read))
        #expect(!none.allows(.character, 1, 11, .read))
        let sums = try DevicePolicy(sets[4])
        #expect(sums.allows(.character, 10, 5, [.read, .write]))
        #expect(!sums.allows(.character, 10, 6, [.read, .write]))
        let taken = try DevicePolicy(sets[3])
        #expect(!taken.allows(.character, 1, 11, [.read, .write]))
        #expect(taken.allows(.character, 1, 11, .read))
    }

    @Test("instructions after a rule about everything are left out")
    func reachable() throws {
        let long = try DevicePolicy([Rule(allow: false, kind: .block, major: 8, minor: 0), Rule(allow: true)])
        #expect(long.program() == (try DevicePolicy([Rule(allow: true)])).program())
        #expect(long.program().last == 0x95)
    }

    @Test(
        "wrong rules name what is wrong",
        arguments: [
            (Rule(allow: true, major: -2), "major"), (Rule(allow: true, minor: 1 << 40), "minor"),
        ])
    func wrong(rule: Rule, property: String) {
        let error = #expect(throws: SandboxError.self) { try DevicePolicy([Rule(allow: false), rule]) }
        #expect(error?.message.hasPrefix("linux.resources.devices[1].\(property): ") == true)
    }

    private func legacy(_ rules: [Rule]) throws -> LegacyDevices {
        try LegacyDevices(Array(try DevicePolicy(rules).rules.dropLast(DevicePolicy.always.count)))
    }

    @Test("in v1 a group is a default and its exceptions")
    func legacyState() throws {
        let some = try legacy([
            Rule(allow: false), Rule(allow: true, kind: .character, major: 10, minor: 5, access: "rw"),
        ])
        #expect(
            LegacyDevices(list: "a *:* rwm\n").writes(to: some).map { "\($0.file) \($0.line)" } == [
                "devices.deny a", "devices.allow c 10:5 rw",
            ])
        #expect(LegacyDevices(list: "c 10:5 rw\n").writes(to: some).isEmpty)
        #expect(
            LegacyDevices(list: "c 10:5 r\nb *:* m\n").writes(to: some).map { "\($0.file) \($0.line)" } == [
                "devices.allow c 10:5 w", "devices.deny b *:* m",
            ])
        let most = try legacy([Rule(allow: true), Rule(allow: false, kind: .block, access: "w")])
        #expect(
            LegacyDevices(list: "").writes(to: most).map { "\($0.file) \($0.line)" } == [
                "devices.allow a", "devices.deny b *:* w",
            ])
        #expect(
            try legacy([
                Rule(allow: true, kind: .character, major: 1, minor: 5),
                Rule(allow: false, kind: .character, access: "rwm"),
            ])
                == legacy([]))
    }

    @Test("what v1 would drop in silence is an error")
    func partial() {
        let error = #expect(throws: SandboxError.self) {
            try legacy([
                Rule(allow: true, kind: .character, major: 10),
                Rule(allow: false, kind: .character, major: 10, minor: 5),
            ])
        }
        #expect(error?.kind == .unsupported)
    }
}
