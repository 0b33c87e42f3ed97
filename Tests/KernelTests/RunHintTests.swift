import Foundation
import Testing

extension Kernel {
    @Suite("hints after a refused call", .needsUserNamespaces, .needsFuse) struct RunHintTests {
        private static let refused = "profile \"default\" refused unshare (profiles/default.json:"

        @Test(
            "a failed command is followed by the call, the line and the profile that allows it", arguments: Caller.all)
        func refusal(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell("unshare --user true")
            #expect(outcome.ending == .exited(1) && outcome.errorText.contains(Self.refused), "\(outcome)")
            #expect(outcome.errorText.contains("--profile nested allows it"), "\(outcome)")
        }

        @Test("nothing is said after a success, with --quiet, or of calls every program tries")
        func silence() throws {
            let scene = try Scene(Caller.all[0])
            #expect(try scene.shell("unshare --user true; true").errorText.contains("refused") == false)
            #expect(try scene.shell("unshare --user true", options: ["-q"]).errorText.contains("refused") == false)
            #expect(try scene.shell("exit 3").errorText == "")
        }

        @Test("a thousand refused calls are answered as one is", .needs("python3", package: "python3"))
        func many() throws {
            let call =
                "import ctypes; c = ctypes.CDLL(None, use_errno=True); print({(c.unshare(0x10000000), ctypes.get_errno()) for _ in range(1000)}); exit(4)"
            let scene = try Scene(Caller.all[0])
            let outcome = try scene.run([scene.executable.folder + "/sandbox", "run", "--", "python3", "-c", call])
            #expect(outcome.lines == ["{(-1, 1)}"], "\(outcome)")
            #expect(outcome.errorText.contains("unshare, 1000 times"), "\(outcome)")
        }

        @Test("where sandboxes are made inside, programs may have a listener of their own", arguments: Caller.all)
        func nested(_ caller: Caller) throws {
            let outcome = try Scene(caller).shell(
                "unshare --user true; keyctl; false", options: ["--profile", "nested"])
            #expect(!outcome.errorText.contains("refused"), "\(outcome)")
        }
    }

    @Suite("sandbox profile export") struct ProfileExportRunTests {
        @Test("the filter is the file, and what to do with it is told")
        func export() throws {
            let scene = try Scene(Caller.all[0])
            let outcome = try scene.sandbox(
                "profile", "export", "build", "--for", "kubernetes", "-o", "k.json", in: scene.project)
            #expect(outcome.isSuccess && outcome.text.contains("localhostProfile: profiles/k.json"), "\(outcome)")
            let filter = try #require(
                JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: scene.project + "/k.json")))
                    as? [String: Any])
            #expect(filter["defaultAction"] as? String == "SCMP_ACT_ERRNO")
            let docker = try scene.sandbox("profile", "export", "dev", "--for", "docker")
            #expect(docker.errorText.contains("--security-opt seccomp=") && docker.text.hasPrefix("{"), "\(docker)")
            let bad = try scene.sandbox("profile", "export", "dev", "--for", "lxc")
            #expect(bad.ending == .exited(125) && bad.errorText.contains("kubernetes"), "\(bad)")
        }

        @Test("limits of a profile are the options' by name; an impossible one is told with its place")
        func limits() throws {
            let scene = try Scene(Caller.all[0])
            try scene.makeProfile("small", #""extends": "default", "limits": {"memory": "4k"}"#)
            let outcome = try scene.sandbox("run", "--profile", "small", "--", "true")
            #expect(outcome.ending == .exited(125) && outcome.errorText.contains("limits.memory \"4k\""), "\(outcome)")
            try scene.makeProfile("odd", #""extends": "default", "limits": {"memroy": "4g"}"#)
            let odd = try scene.sandbox("run", "--profile", "odd", "--", "true")
            #expect(odd.ending == .exited(125) && odd.errorText.contains("memory-swap"), "\(odd)")
        }
    }
}
