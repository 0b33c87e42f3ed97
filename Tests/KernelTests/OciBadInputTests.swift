import Foundation
import Testing

/// A document in place of `config.json` that no runtime can work with.
struct BadDocument: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Made from the bytes of a good one.
    var make: @Sendable ([UInt8]) -> [UInt8]?
    /// What the message must contain beside the file's name.
    var named: String

    init(_ name: String, _ named: String, _ make: @escaping @Sendable ([UInt8]) -> [UInt8]?) {
        testDescription = name
        self.named = named
        self.make = make
    }

    /// The good document without its last brace and what follows.
    private static func open(_ good: [UInt8]) -> [UInt8] {
        Array(good[..<(good.lastIndex(of: UInt8(ascii: "}")) ?? 0)])
    }

    /// `text` as another property of the good document.
    private static func with(_ text: String, in good: [UInt8]) -> [UInt8] {
        open(good) + Array(",\n\(text)}".utf8)
    }

    private static func nested(_ opening: String, _ closing: String) -> String {
        String(repeating: opening, count: 10_000) + "1" + String(repeating: closing, count: 10_000)
    }

    static let table: [BadDocument] = [
        BadDocument("missing", "no such file") { _ in nil },
        BadDocument("empty", "the end of the document") { _ in [] },
        BadDocument("cut in the middle", "end") { Array($0.prefix($0.count / 2)) },
        BadDocument("cut before its last byte", "the end of the document") { open($0) },
        BadDocument("not UTF-8 in a value", "invalid UTF-8") { $0.map { $0 == UInt8(ascii: "c") ? 0xFF : $0 } },
        BadDocument("a lone surrogate", "annotations") { with(#""annotations": {"a": "\ud800"}"#, in: $0) },
        BadDocument("64 MiB of spaces", "more than the 4194304 bytes") {
            $0 + [UInt8](repeating: UInt8(ascii: " "), count: (64 << 20) - $0.count)
        },
        BadDocument("64 MiB of one text", "more than the 4194304 bytes") {
            with("\"x\": \"\(String(repeating: "a", count: 64 << 20))\"", in: $0)
        },
        BadDocument("64 MiB of one number", "more than the 4194304 bytes") { _ in
            [UInt8](repeating: UInt8(ascii: "1"), count: 64 << 20)
        },
        BadDocument("10,000 lists deep", "nested more than 512 deep") { _ in Array(nested("[", "]").utf8) },
        BadDocument("10,000 objects deep", "nested more than 512 deep") { _ in Array(nested("{\"a\":", "}").utf8) },
        BadDocument("10,000 deep in a property nobody knows", "nested more than 512 deep") {
            with("\"org.example\": \(nested("{\"a\":", "}"))", in: $0)
        },
        BadDocument("a property twice", "root: property occurs twice") {
            with("\"root\": {\"path\": \"rootfs\"}", in: $0)
        },
    ]
}

extension Kernel {
    @Suite("oci verbs: bad input", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciBadInputTests {
        @Test(
            "a document that cannot be read is told in one short line, soon, and leaves nothing", arguments: Caller.all,
            BadDocument.table)
        func document(_ caller: Caller, _ bad: BadDocument) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                try bundle.writeConfig()
                let file = bundle.folder + "/config.json"
                let good = try Array(Data(contentsOf: URL(fileURLWithPath: file)))
                if let bytes = bad.make(good) {
                    try Data(bytes).write(to: URL(fileURLWithPath: file))
                } else {
                    try FileManager.default.removeItem(atPath: file)
                }
                let start = ContinuousClock.now
                let outcome = try bundle.verb("create", ["--bundle", bundle.folder, bundle.id])
                #expect(ContinuousClock.now - start < .seconds(5))
                expectRefusal(outcome, naming: ["config.json", bad.named])
                #expect(try bundle.state() == nil)
            }
        }

        /// Exit status 1, nothing on standard output and one line that names what is wanted.
        private func expectRefusal(
            _ outcome: Outcome, naming names: [String], sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(outcome.ending == .exited(1), "\(outcome)", sourceLocation: sourceLocation)
            #expect(outcome.output.isEmpty, "\(outcome)", sourceLocation: sourceLocation)
            let lines = outcome.errorText.split(separator: "\n")
            #expect(lines.count == 1 && outcome.errorText.count < 400, "\(outcome)", sourceLocation: sourceLocation)
            for name in names {
                #expect(outcome.errorText.contains(name), "\(outcome)", sourceLocation: sourceLocation)
            }
        }

        static let values: [BadConfig] = [
            BadConfig("process.args", "{\"0\": \"true\"}"), BadConfig("process", "[]"), BadConfig("linux", "true"),
            BadConfig("process.user", "\"root\""), BadConfig("hooks", "[]"), BadConfig("annotations", "{\"a\": 1}"),
            BadConfig("process.oomScoreAdj", "1e400"),
            BadConfig("process.consoleSize", "{\"height\": 65536, \"width\": 1}"),
            BadConfig("linux.resources.pids.limit", "9223372036854775808"),
            BadConfig("linux.resources.cpu.shares", "-1"),
            BadConfig("linux.devices", "[{\"path\": \"/dev/x\", \"type\": \"c\", \"major\": 1, \"minor\": 1048576}]"),
            BadConfig("linux.devices", "[{\"path\": \"dev/x\", \"type\": \"p\"}]", named: "linux.devices[0].path"),
            BadConfig("linux.maskedPaths", "[\"proc/kcore\"]", named: "linux.maskedPaths[0]"),
            BadConfig("linux.readonlyPaths", "[\"proc/sys\"]", named: "linux.readonlyPaths[0]"),
            BadConfig("process.capabilities.ambient", "[7]", named: "process.capabilities.ambient[0]"),
            BadConfig("linux.namespaces", "[{\"type\": \"Mount\"}]", named: "linux.namespaces[0].type"),
            BadConfig(
                "linux.seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_GIFT\"]}",
                named: "linux.seccomp.flags[0]"),
            BadConfig(
                "linux.seccomp",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"open\"], \"action\": \"ERRNO\"}]}",
                named: "linux.seccomp.syscalls[0].action"),
            BadConfig(
                "linux.seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_PDP11\"]}",
                named: "linux.seccomp.architectures[0]"),
        ]

        @Test("a wrong value is told with its path and leaves nothing", arguments: Caller.all, values)
        func value(_ caller: Caller, _ bad: BadConfig) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["annotations"] = ["marker": "here"]
                bundle[bad.path] = "MARK"
                try bundle.writeConfig()
                // As text, since a number out of range is none of Foundation's either.
                let file = bundle.folder + "/config.json"
                try scene.write(readText(file).replacingOccurrences(of: "\"MARK\"", with: bad.value ?? ""), to: file)
                let outcome = try bundle.verb("create", ["--bundle", bundle.folder, bundle.id])
                expectRefusal(outcome, naming: ["config.json", bad.named])
            }
        }

        @Test(
            "mounts that cannot be are told by their place in the list", arguments: Caller.all,
            [
                (
                    #"{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid","noexec","nodev"]}"#,
                    "mounts[6]: the same as mounts[0]"
                ),
                (
                    #"{"destination": "/x", "type": "bind", "source": "/tmp", "options": ["rbind", "size=1"]}"#,
                    "mounts[6].options[1]"
                ),
                (#"{"destination": "/x", "type": "bind", "source": "nowhere/x", "options": ["bind"]}"#, "mounts[6]"),
                (#"{"destination": "/x", "type": "tmpfs", "source": "t", "options": ["nosuch"]}"#, "mounts[6]"),
                (#"{"destination": "/x", "type": "nofs", "source": "t"}"#, "mounts[6]"),
                (#"{"destination": "/x"}"#, "mounts[6].type"), (#"{"destination": ""}"#, "mounts[6].destination"),
                (#"{"destination": 1}"#, "mounts[6].destination"), (#""/x""#, "mounts[6]"),
            ])
        func mount(_ caller: Caller, _ bad: (mount: String, named: String)) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle.add(
                    try JSONSerialization.jsonObject(with: Data(bad.mount.utf8), options: .fragmentsAllowed),
                    to: "mounts")
                expectRefusal(try bundle.create(), naming: [bad.named])
                #expect(try bundle.state() == nil)
            }
        }

        @Test("a relative destination counts from the root, and later mounts cover earlier ones", arguments: Caller.all)
        func relativeDestination(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            for size in ["1m", "2m"] {
                bundle.add(
                    ["destination": "place/below", "type": "tmpfs", "source": "tmpfs", "options": ["size=\(size)"]],
                    to: "mounts")
            }
            bundle.script("df -k /place/below | tail -1")
            let outcome = try bundle.run()
            #expect(outcome.isSuccess && outcome.text.contains(" 2048 "), "\(outcome)")
        }

        @Test("a mount or hook that fails undoes what came before it", arguments: Caller.all, ["mount", "hook"])
        func undone(_ caller: Caller, _ what: String) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                let bound = scene.folder + "/bound"
                try scene.makeFolder(bound)
                bundle.add(["destination": "/in", "type": "bind", "source": bound, "options": ["rbind"]], to: "mounts")
                bundle.add(["destination": "/t", "type": "tmpfs", "source": "t", "options": ["size=1m"]], to: "mounts")
                if what == "mount" {
                    bundle.add(["destination": "/x", "type": "nofs", "source": "x"], to: "mounts")
                } else {
                    bundle["hooks.createRuntime"] = [["path": "/bin/true"], ["path": "/bin/false"]]
                }
                bundle["hooks.poststop"] = [["path": "/bin/true"]]
                expectRefusal(try bundle.create(), naming: [what == "mount" ? "mounts[8]" : "createRuntime"])
                #expect(try bundle.state() == nil)
                bundle["hooks"] = nil
                bundle["mounts"] = (bundle["mounts"] as? [Any])?.prefix(8).map { $0 }
                #expect(try bundle.run().isSuccess, "the id cannot be used again")
            }
        }

        @Test("of many creates of one id at once one wins, and the others say so", arguments: Caller.all)
        func contest(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                try bundle.writeConfig()
                let command = bundle.command("create", ["--bundle", bundle.folder, bundle.id])
                let children = try (0..<6).map { _ in try Child(scene.invocation(command, in: bundle.folder)) }
                let outcomes = children.map { $0.finish() }
                #expect(outcomes.count { $0.isSuccess } == 1, "\(outcomes)")
                for outcome in outcomes where !outcome.isSuccess {
                    expectRefusal(outcome, naming: [bundle.id, "exists"])
                }
                #expect(try bundle.state()?["status"] as? String == "created")
                #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            }
        }
    }
}
