import CCap
import Confinement
import Diagnostics
import LinuxKernel
import RuntimeSpec
import Testing

@Suite("capabilities")
struct CapabilityTests {
    @Test("libcap has the same name for each of the 41 numbers", arguments: 0...40)
    func names(_ number: Int) throws {
        let theirs = try #require(cap_to_name(cap_value_t(number)))
        defer { cap_free(theirs) }
        #expect(CapabilityName.text(number) == String(cString: theirs).uppercased())
        #expect(CapabilityName.number(CapabilityName.text(number)) == number)
    }

    @Test("a capability without a name is CAP_ and its number")
    func future() {
        #expect(CapabilityName.text(47) == "CAP_47")
        #expect(CapabilityName.number("CAP_47") == 47)
        #expect(CapabilityName.number("CAP_63") == 63)
    }

    @Test("what is no name is none", arguments: ["CAP_64", "CAP_", "CHOWN", "CAP_047", "CAP_CHOWN ", "CAP_-1"])
    func badNames(_ name: String) { #expect(CapabilityName.number(name) == nil) }

    @Test("a config's unknown capability is a warning that names its path")
    func parse() {
        let (plan, warnings) = CapabilityPlan.parse(
            .init(bounding: ["CAP_KILL", "CAP_FLY"], effective: ["CAP_KILL"], ambient: ["CAP_41"]))
        #expect(plan.bounding == CapabilitySet(number: 5))
        #expect(plan.effective == CapabilitySet(number: 5))
        #expect(plan.ambient == CapabilitySet(number: 41))
        #expect(warnings == ["process.capabilities.bounding[1]: unknown capability \"CAP_FLY\" is ignored"])
    }

    @Test("a person may leave out CAP_ and write small letters; an unknown name is an error")
    func personal() throws {
        #expect(try CapabilitySet(names: ["chown", "CAP_KILL"], at: "x") == CapabilitySet(rawValue: 0b100001))
        #expect(try CapabilitySet(names: ["all"], at: "x") == .all)
        #expect(throws: SandboxError.self) { try CapabilitySet(names: ["KILL", "FLY"], at: "capabilities.bounding") }
        do {
            _ = try CapabilitySet(names: ["KILL", "FLY"], at: "capabilities.bounding")
        } catch {
            #expect(error.message == "capabilities.bounding[1]: unknown capability \"FLY\"")
        }
    }

    @Test("the kernel's capabilities are found by halving, at both ends too", arguments: [0, 1, 40, 41, 63, 64])
    func supported(_ count: Int) {
        #expect(CapabilitySet.kernelSupported { $0 < count }.numbers.count == count)
    }

    @Test("probing finds what /proc/sys/kernel/cap_last_cap says")
    func lastCapability() throws {
        let file = try openPath("/proc/sys/kernel/cap_last_cap", O_RDONLY)
        let text = String(decoding: try readAll(file.raw), as: UTF8.self)
        let last = try #require(Int(text.prefix { $0.isNumber }))
        #expect(CapabilityPlan.kernelSupported().numbers == Array(0...last))
    }

    @Test("what the process lacks is left out of every set and named")
    func limited() {
        let two = CapabilitySet(rawValue: 0b11)
        let plan = CapabilityPlan(bounding: two, effective: two, permitted: two, inheritable: two, ambient: two)
        let (possible, warnings) = plan.limited(to: ThreadCapabilities(permitted: 0b01), bounding: two)
        let one = CapabilitySet(rawValue: 0b01)
        #expect(
            possible == CapabilityPlan(bounding: two, effective: one, permitted: one, inheritable: one, ambient: one))
        #expect(warnings.count == 4)
        #expect(warnings.first == "permitted capabilities this process cannot give are left out: CAP_DAC_OVERRIDE")
    }

    @Test("an ambient capability that is not inheritable is left out")
    func ambient() {
        let one = CapabilitySet(rawValue: 1)
        let plan = CapabilityPlan(bounding: one, effective: one, permitted: one, ambient: one)
        let (possible, warnings) = plan.limited(to: ThreadCapabilities(permitted: 1), bounding: one)
        #expect(possible.ambient.isEmpty)
        #expect(warnings == ["can't raise ambient capability CAP_CHOWN: it is not both permitted and inheritable"])
    }
}
