import Foundation
import Testing

extension Kernel {
    /// What a full disk, a crash or a downgrade makes of the kept state.
    @Suite("oci verbs: damaged state files", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciDamagedStateTests {
        /// A state file that cannot be read, made from a good one, and what the message must say of it.
        struct Damage: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var named: String
            var make: @Sendable (String) -> String
        }

        static let damages = [
            Damage(testDescription: "empty", named: "the end of the document") { _ in "" },
            Damage(testDescription: "cut short", named: "end") { String($0.prefix($0.count / 2)) },
            Damage(testDescription: "garbage", named: "1:1") { _ in "\u{1}\u{2}garbage" },
            Damage(testDescription: "another document", named: "missing") { _ in "{}" },
            Damage(testDescription: "from a newer version", named: "version 7 of the state file is newer") {
                $0.replacingOccurrences(
                    of: #""version" *: *1"#, with: #""version":7"#, options: .regularExpression)
            },
        ]

        @Test(
            "verbs tell it, delete does not touch it, and delete --force ends and removes everything",
            arguments: Caller.all, damages)
        func damaged(_ caller: Caller, _ damage: Damage) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle.script("exec \(scene.nap)")
                #expect(try bundle.create().isSuccess)
                #expect(try bundle.verb("start", [bundle.id]).isSuccess)
                let pid = try #require(try bundle.state()?["pid"] as? Int)
                let file = "\(bundle.states)/\(bundle.id)/state.json"
                let good = readText(file)
                try scene.write(damage.make(good), to: file)
                #expect(readText(file) != good)
                for verb in ["state", "start", "kill", "delete", "ps", "pause"] {
                    let outcome = try bundle.verb(verb, [bundle.id])
                    #expect(outcome.ending == .exited(1), "\(verb): \(outcome)")
                    #expect(outcome.errorText.contains(file), "\(verb): \(outcome)")
                    #expect(outcome.errorText.contains(damage.named), "\(verb): \(outcome)")
                    #expect(outcome.errorText.contains("delete --force \(bundle.id)"), "\(verb): \(outcome)")
                }
                let list = try bundle.verb("list", ["--quiet"])
                #expect(list.isSuccess && list.errorText.contains(file), "\(list)")
                #expect(kill(pid_t(pid), 0) == 0, "a verb that failed ended the container")

                let deleted = try bundle.verb("delete", ["--force", bundle.id])
                #expect(deleted.isSuccess, "\(deleted)")
                #expect(eventually { kill(pid_t(pid), 0) != 0 }, "the container's process lives on")
                #expect(access("\(bundle.states)/\(bundle.id)", F_OK) != 0)
            }
        }

        @Test(
            "hooks after the stop run even then, and a damaged copy of config.json only costs these",
            arguments: Caller.all)
        func damagedConfiguration(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                let mark = scene.folder + "/poststop"
                bundle["hooks.poststop"] = [["path": "/bin/sh", "args": ["sh", "-c", "echo ran >>\(mark)"]]]
                let folder = "\(bundle.states)/\(bundle.id)"
                #expect(try bundle.create().isSuccess)
                try scene.write("{", to: folder + "/state.json")
                #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
                #expect(readText(mark) == "ran\n")

                #expect(try bundle.create().isSuccess)
                try scene.write("{", to: folder + "/config.json")
                let outcome = try bundle.verb("delete", ["--force", bundle.id])
                #expect(outcome.isSuccess && outcome.errorText.contains("warning"), "\(outcome)")
                #expect(readText(mark) == "ran\n")
                #expect(access(folder, F_OK) != 0)
            }
        }

        @Test("what a create that was killed has left does not keep the id", arguments: Caller.all)
        func killedCreate(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                for path in [bundle.states, "\(bundle.states)/\(bundle.id)"] { try scene.makeFolder(path) }
                let state = try bundle.verb("state", [bundle.id])
                #expect(state.ending == .exited(1) && state.errorText.contains("does not exist"), "\(state)")
                #expect(try bundle.create().isSuccess)
                #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            }
        }
    }
}
