import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: features, info, version and help", .needs("busybox", package: "busybox-static"))
    struct OciFeaturesTests {
        private static let verbs = [
            "checkpoint", "create", "delete", "events", "exec", "features", "info", "kill", "list", "mounts", "pause",
            "ps",
            "restore", "resume", "run", "spec", "start", "state", "update",
        ]

        private func features() throws -> [String: Any] {
            let outcome = try Scene(.current).sandbox("oci", "features")
            #expect(outcome.isSuccess, "\(outcome)")
            return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any])
        }

        @Test("the features document keeps to the specification's schema")
        func schema() throws {
            let document = try features()
            let offences = try Schema.offences(of: document, against: "features-schema.json")
            #expect(offences.isEmpty, "\(offences)")
            var broken = document
            broken["ociVersionMin"] = 7
            #expect(try !Schema.offences(of: broken, against: "features-schema.json").isEmpty)
        }

        @Test("the features document says everything that engines look at")
        func complete() throws {
            let document = try features()
            for name in ["hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations"] {
                #expect(document[name] != nil, "\(name) is missing")
            }
            let linux = try #require(document["linux"] as? [String: Any])
            for name in [
                "namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "memoryPolicy",
                "mountExtensions", "netDevices",
            ] {
                #expect(linux[name] != nil, "linux.\(name) is missing")
            }
            for name in ["netDevices", "intelRdt"] {
                #expect((linux[name] as? [String: Any])?["enabled"] as? Bool == true, "linux.\(name)")
            }
            let seccomp = try #require(linux["seccomp"] as? [String: Any])
            for name in ["actions", "operators", "archs", "knownFlags", "supportedFlags"] {
                #expect((seccomp[name] as? [String])?.isEmpty == false, "linux.seccomp.\(name) is missing")
            }
            #expect((linux["namespaces"] as? [String])?.count == 8)
            #expect((linux["capabilities"] as? [String])?.contains("CAP_CHECKPOINT_RESTORE") == true)
            let options = try #require(document["mountOptions"] as? [String])
            for name in ["rbind", "rro", "ridmap", "tmpcopyup"] { #expect(options.contains(name), "\(name)") }
        }

        @Test("info names the kernel and the cgroups of the host")
        func info() throws {
            let outcome = try Scene(.current).sandbox("oci", "info")
            #expect(outcome.isSuccess, "\(outcome)")
            let release = readText("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(outcome.lines.contains { $0.hasPrefix("Kernel-Release") && $0.hasSuffix(release) }, "\(outcome)")
            #expect(outcome.lines.contains { $0.hasPrefix("Cgroup setup") }, "\(outcome)")
        }

        @Test("called as runc, the version begins as engines expect")
        func version() throws {
            let scene = try Scene(.current)
            for flag in ["--version", "-v", "-version"] {
                let outcome = try scene.run([scene.executable.folder + "/runc", flag])
                #expect(outcome.lines.first?.hasPrefix("runc version ") == true, "\(outcome)")
                #expect(outcome.lines.contains { $0.hasPrefix("commit: ") }, "\(outcome)")
                #expect(outcome.lines.contains("spec: 1.3.0"), "\(outcome)")
            }
        }

        @Test("each verb has a help that says what its flags do", arguments: verbs)
        func help(_ verb: String) throws {
            let scene = try Scene(.current)
            let outcome = try scene.sandbox("oci", verb, "--help")
            #expect(outcome.isSuccess && outcome.text.contains("\(verb) - "), "\(outcome)")
            let all = try scene.sandbox("oci", "--help")
            #expect(all.lines.contains { $0.hasPrefix("   \(verb) ") }, "\(all)")
        }

        @Test("verbs that take no argument refuse one", arguments: ["features", "info"])
        func noArguments(_ verb: String) throws {
            let outcome = try Scene(.current).sandbox("oci", verb, "surplus")
            #expect(outcome.ending == .exited(1) && outcome.errorText.contains("surplus"), "\(outcome)")
        }
    }
}
