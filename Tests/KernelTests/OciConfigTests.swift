import Foundation
import Testing

/// A configuration that must be refused: where it is wrong, with what value, and what the message must name.
struct BadConfig: Sendable, CustomTestStringConvertible {
    var path: String
    /// JSON text of the wrong value; nil removes the property.
    var value: String?
    /// What the message must contain; nothing else is asked of its words.
    var named: String

    init(_ path: String, _ value: String?, named: String? = nil) {
        self.path = path
        self.value = value
        self.named = named ?? path
    }

    var testDescription: String { "\(path) = \(value ?? "absent")" }

    static let table: [BadConfig] = [
        BadConfig("ociVersion", nil), BadConfig("ociVersion", "\"9.0\""), BadConfig("ociVersion", "1"),
        BadConfig("root", nil), BadConfig("root.path", "\"\""), BadConfig("root.path", "\"missing\"", named: "missing"),
        BadConfig("process.args", nil), BadConfig("process.args", "[]"), BadConfig("process.args", "\"true\""),
        BadConfig("process.args", "[\"a\\u0000b\"]"), BadConfig("process.cwd", "\"relative\""),
        BadConfig("process.cwd", nil), BadConfig("process.env", "[\"NOEQUALS\\u0000\"]", named: "process.env"),
        BadConfig("process.user.uid", "-1"), BadConfig("process.user.uid", "4294967296"),
        BadConfig("process.user.uid", "1.5"), BadConfig("process.user.umask", "4096"),
        BadConfig("process.user.additionalGids", "[1, \"x\"]"),
        BadConfig("process.capabilities.bounding", "\"CAP_KILL\""),
        BadConfig("process.capabilities.effective", "[\"CAP_KILL\"]", named: "process.capabilities.effective[0]"),
        BadConfig("process.rlimits", "[{\"type\": \"RLIMIT_NONE\", \"soft\": 1, \"hard\": 1}]", named: "RLIMIT_NONE"),
        BadConfig(
            "process.rlimits", "[{\"type\": \"RLIMIT_CORE\", \"soft\": 2, \"hard\": 1}]", named: "process.rlimits"),
        BadConfig("process.oomScoreAdj", "5000"), BadConfig("process.noNewPrivileges", "\"yes\""),
        BadConfig("mounts", "{}"), BadConfig("mounts", "[{\"source\": \"x\"}]", named: "mounts"),
        BadConfig("linux.namespaces", "[{\"type\": \"wormhole\"}]", named: "wormhole"),
        BadConfig("linux.namespaces", "[{\"type\": \"pid\"}, {\"type\": \"pid\"}]", named: "linux.namespaces"),
        BadConfig(
            "linux.namespaces",
            "[{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"network\", \"path\": \"/no/such\"}]",
            named: "/no/such"),
        BadConfig("linux.maskedPaths", "\"/proc\""), BadConfig("linux.rootfsPropagation", "\"sideways\""),
        BadConfig("linux.seccomp", "{\"defaultAction\": \"SCMP_ACT_HOPE\"}", named: "SCMP_ACT_HOPE"),
        BadConfig("linux.seccomp", "{}", named: "linux.seccomp"),
        BadConfig("linux.sysctl", "{\"kernel.hostname.evil/../x\": \"1\"}", named: "linux.sysctl"),
        BadConfig("linux.sysctl", "{\"vm.swappiness\": \"1\"}", named: "vm.swappiness"),
        BadConfig("linux.resources.memory.limit", "\"lots\""),
        BadConfig("hooks.prestart", "[{\"path\": \"relative\"}]", named: "hooks.prestart"),
        BadConfig("hooks.poststop", "[{\"path\": \"/bin/true\", \"timeout\": 0}]", named: "hooks.poststop"),
        BadConfig("hostname", "7"),
    ]
}

extension Kernel {
    @Suite(
        "oci verbs: configurations that are refused", .needsUserNamespaces, .needs("busybox", package: "busybox-static")
    )
    struct OciConfigTests {
        @Test("the message names the place, the status is 1, nothing is left", arguments: BadConfig.table)
        func refused(_ bad: BadConfig) throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle[bad.path] = try bad.value.map {
                    try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
                }
                bundle.script(bad.path.hasPrefix("process.args") ? "" : "echo ran")
                if bad.path.hasPrefix("process.args") {
                    bundle[bad.path] = try bad.value.map {
                        try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
                    }
                }
                let outcome = try bundle.run()
                #expect(outcome.ending == .exited(1), "\(outcome)")
                #expect(outcome.output.isEmpty, "\(outcome)")
                #expect(outcome.errorText.contains(bad.named), "\(outcome)")
                #expect(try bundle.state() == nil)
            }
        }

        @Test(
            "text that is no JSON is refused with its place",
            arguments: ["", "{", "[]", "null", "{\"ociVersion\": \"1.0.2\",}", "{\"a\": 01}", "{} {}", "\u{0}"])
        func noJSON(_ text: String) throws {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            try scene.write(text, to: bundle.folder + "/config.json")
            let outcome = try bundle.verb("run", ["--bundle", bundle.folder, bundle.id])
            #expect(outcome.ending == .exited(1), "\(outcome)")
            #expect(outcome.errorText.contains("config.json"), "\(outcome)")
        }

        @Test("a missing bundle and a missing config.json are named")
        func missing() throws {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            for folder in ["/no/such/bundle", bundle.folder] {
                let outcome = try bundle.verb("create", ["--bundle", folder, bundle.id])
                #expect(outcome.ending == .exited(1) && outcome.errorText.contains(folder), "\(outcome)")
            }
        }

        @Test("a very deep document is refused, not followed into a crash")
        func deepNesting() throws {
            let scene = try Scene(.current)
            let bundle = try Bundle(scene)
            let depth = 200_000
            try scene.write(
                String(repeating: "[", count: depth) + String(repeating: "]", count: depth),
                to: bundle.folder + "/config.json")
            let outcome = try bundle.verb("run", ["--bundle", bundle.folder, bundle.id])
            #expect(outcome.ending == .exited(1), "\(outcome)")
        }
    }
}
