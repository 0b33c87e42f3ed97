import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: capabilities", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciCapabilityTests {
        /// The five sets as /proc shows them, by the names of capabilities(7)'s file.
        private func sets(_ outcome: Outcome) -> [String: UInt64] {
            var sets: [String: UInt64] = [:]
            for line in outcome.lines where line.hasPrefix("Cap") {
                let fields = line.split(separator: ":")
                sets[String(fields[0])] = UInt64(fields[1].drop { $0 == "\t" }, radix: 16)
            }
            return sets
        }

        @Test("a name that nobody knows is a warning with its place, and the rest holds", arguments: Caller.all)
        func unknown(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.capabilities"] = [
                "bounding": ["CAP_KILL", "CAP_FLY"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"],
            ]
            bundle["process.args"] = ["cat", "/proc/self/status"]
            let outcome = try bundle.run()
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(outcome.errorText.contains("process.capabilities.bounding[1]"), "\(outcome)")
            #expect(outcome.errorText.contains("CAP_FLY"), "\(outcome)")
            #expect(sets(outcome) == ["CapInh": 0, "CapPrm": 0x20, "CapEff": 0x20, "CapBnd": 0x20, "CapAmb": 0])
        }

        @Test("an ambient capability that is not inheritable is a warning, and the others hold", arguments: Caller.all)
        func ambient(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            let names = ["CAP_KILL", "CAP_CHOWN"]
            bundle["process.capabilities"] = [
                "bounding": names, "effective": names, "permitted": names, "inheritable": ["CAP_KILL"],
                "ambient": names,
            ]
            bundle["process.args"] = ["cat", "/proc/self/status"]
            let outcome = try bundle.run()
            #expect(outcome.errorText.contains("can't raise ambient capability CAP_CHOWN"), "\(outcome)")
            #expect(sets(outcome)["CapAmb"] == 0x20, "\(outcome)")
        }

        @Test("exec --cap adds to the ambient set only where the bundle has inheritable ones", arguments: Caller.all)
        func added(_ caller: Caller) throws {
            for inheritable in [true, false] {
                let bundle = try Bundle(Scene(caller))
                var capabilities: [String: [String]] = ["bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"]]
                if inheritable { capabilities["inheritable"] = ["CAP_KILL"] }
                bundle["process.capabilities"] = capabilities
                bundle["process.args"] = ["sleep", "60"]
                #expect(try bundle.create().isSuccess)
                #expect(try bundle.verb("start", [bundle.id]).isSuccess)
                let exec = try bundle.verb(
                    "exec", ["--cap", "CAP_KILL", bundle.id, "cat", "/proc/self/status"])
                #expect(sets(exec)["CapEff"] == 0x20, "\(exec)")
                #expect(sets(exec)["CapAmb"] == (inheritable ? 0x20 : 0), "\(exec)")
            }
        }
    }
}
