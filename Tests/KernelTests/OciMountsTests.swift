import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: mounts", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciMountsTests {
        private func running(_ caller: Caller) throws -> Bundle {
            let bundle = try Bundle(Scene(caller))
            bundle["process.args"] = ["sleep", "60"]
            #expect(try bundle.create().isSuccess)
            #expect(try bundle.verb("start", [bundle.id]).isSuccess)
            return bundle
        }

        private func change(_ bundle: Bundle, _ verb: String, _ mounts: [[String: Any]]) throws -> Outcome {
            let document = try JSONSerialization.data(withJSONObject: ["mounts": mounts])
            try bundle.scene.write(String(decoding: document, as: UTF8.self), to: bundle.scene.folder + "/mounts.json")
            return try bundle.verb("mounts", [verb, bundle.id, bundle.scene.folder + "/mounts.json"])
        }

        @Test("a tmpfs appears in the running container with its options, and goes", arguments: Caller.all)
        func fileSystem(_ caller: Caller) throws {
            let bundle = try running(caller)
            let mount: [String: Any] = [
                "destination": "/live/here", "type": "tmpfs", "source": "live", "options": ["noexec", "size=1m"],
            ]
            let added = try change(bundle, "add", [mount])
            #expect(added.isSuccess, "\(added)")
            let shown = try bundle.verb("exec", [bundle.id, "grep", " /live/here ", "/proc/mounts"])
            #expect(shown.text.contains("tmpfs") && shown.text.contains("noexec"), "\(shown)")
            let removed = try change(bundle, "remove", [mount])
            #expect(removed.isSuccess, "\(removed)")
            let gone = try bundle.verb("exec", [bundle.id, "grep", " /live/here ", "/proc/mounts"])
            #expect(gone.ending == .exited(1), "\(gone)")
        }

        @Test("folders and files of the host are bound, and a failure takes back what came before", .needsRoot)
        func binds() throws {
            let bundle = try running(.current)
            let folder = bundle.scene.folder
            try bundle.scene.write("shown\n", to: folder + "/file")
            let file: [String: Any] = [
                "destination": "/file", "type": "bind", "source": folder + "/file", "options": ["bind", "ro"],
            ]
            let tree: [String: Any] = [
                "destination": "/tree", "type": "bind", "source": bundle.scene.project, "options": ["rbind"],
            ]
            let added = try change(bundle, "add", [file, tree])
            #expect(added.isSuccess, "\(added)")
            let script = "cat /file; ls -A /tree; echo x >/file"
            let shown = try bundle.verb("exec", [bundle.id, "sh", "-c", script])
            #expect(shown.text == "shown\n.git\n", "\(shown)")
            #expect(shown.errorText.contains("Read-only"), "\(shown)")
            #expect(try change(bundle, "remove", [file, tree]).isSuccess)

            let bad: [String: Any] = ["destination": "/bad", "type": "tmpfs", "options": ["size=much"]]
            let failed = try change(bundle, "add", [file, bad])
            #expect(failed.ending == .exited(1) && failed.errorText.contains("mounts[1]"), "\(failed)")
            let after = try bundle.verb("exec", [bundle.id, "grep", "-c", " /file ", "/proc/mounts"])
            #expect(after.text == "0\n", "\(after)")
        }

        @Test("what is no mount, no list and no verb is refused", arguments: Caller.all)
        func errors(_ caller: Caller) throws {
            let bundle = try running(caller)
            let nothing = try change(bundle, "remove", [["destination": "/bin"]])
            #expect(nothing.ending == .exited(1) && nothing.errorText.contains("/bin"), "\(nothing)")
            let word = try change(bundle, "change", [["destination": "/bin"]])
            #expect(word.ending == .exited(1) && word.errorText.contains("change"), "\(word)")
            let empty = try change(bundle, "add", [])
            #expect(empty.ending == .exited(1) && empty.errorText.contains("mounts"), "\(empty)")
            let inProc = try change(
                bundle, "add", [["destination": "/proc/sys", "type": "tmpfs", "source": "tmpfs"]])
            #expect(inProc.ending == .exited(1) && inProc.errorText.contains("/proc"), "\(inProc)")
        }
    }
}
