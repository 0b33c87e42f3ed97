import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: flags of checkpoint and restore", .needsUserNamespaces,
        .needs("busybox", package: "busybox-static"))
    struct OciCheckpointFlagTests {
        @Test("every flag of the reference runtime is in the help", arguments: ["checkpoint", "restore"])
        func help(_ verb: String) throws {
            let both = [
                "image-path", "work-path", "tcp-established", "ext-unix-sk", "shell-job", "file-locks", "lazy-pages",
                "auto-dedup", "manage-cgroups-mode", "empty-ns",
            ]
            let own =
                verb == "checkpoint"
                ? [
                    "parent-path", "leave-running", "tcp-skip-in-flight", "link-remap", "status-fd", "page-server",
                    "pre-dump",
                ]
                : [
                    "bundle", "console-socket", "pid-file", "detach", "no-subreaper", "no-pivot", "lsm-profile",
                    "lsm-mount-context",
                ]
            let outcome = try Scene(.current).sandbox("oci", verb, "--help")
            #expect(outcome.isSuccess)
            for flag in both + own { #expect(outcome.text.contains("--\(flag)"), "\(flag)") }
        }

        @Test("values that cannot be are refused with the flag's name", arguments: Caller.all)
        func values(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            for (verb, options, words) in [
                ("restore", ["--lsm-mount-context"], "requires an argument"),
                ("checkpoint", ["--manage-cgroups-mode", "mild"], "--manage-cgroups-mode"),
                ("restore", ["--manage-cgroups-mode=mild"], "--manage-cgroups-mode"),
                ("checkpoint", ["--page-server", "localhost"], "--page-server"),
                ("checkpoint", ["--page-server", ":80"], "--page-server"),
                ("checkpoint", ["--status-fd", "99"], "--status-fd"),
                ("checkpoint", ["--status-fd", "0"], "not writable"),
                ("restore", ["--empty-ns", "mount"], "--empty-ns"),
                ("checkpoint", [], "does not exist"),
            ] {
                let outcome = try bundle.scene.run(
                    ["sh", "-c", "exec \"$@\" </dev/null", "sh"]
                        + bundle.command(verb, options + (words == "requires an argument" ? [] : [bundle.id])))
                #expect(outcome.ending == .exited(1) && outcome.errorText.contains(words), "\(options): \(outcome)")
            }
        }

        @Test("without criu one is asked for, and only a running container is looked at", arguments: Caller.all)
        func withoutCriu(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle["process.args"] = ["sleep", "60"]
                #expect(try bundle.create().isSuccess)
                let created = try bundle.verb("checkpoint", [bundle.id])
                #expect(created.ending == .exited(1), "\(created)")
                #expect(created.errorText.contains("cannot be checkpointed in created state"), "\(created)")
                #expect(try bundle.verb("start", [bundle.id]).isSuccess)
                for verb in ["checkpoint", "restore"] {
                    let id = verb == "restore" ? bundle.id + "-new" : bundle.id
                    let outcome = try scene.run(
                        [
                            scene.executable.folder + "/sandbox", "oci", "--root", bundle.states, "--criu",
                            "/nonexistent/criu", verb, id,
                        ], in: bundle.folder)
                    #expect(outcome.ending == .exited(1), "\(outcome)")
                    #expect(outcome.errorText.contains("/nonexistent/criu"), "\(outcome)")
                    #expect(outcome.errorText.contains("install criu 4.1"), "\(outcome)")
                }
                #expect(try bundle.state()?["status"] as? String == "running")
                #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            }
        }

        @Test("an earlier dump is named relative to the images, and must be there", .needsRoot)
        func parentPath() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["process.args"] = ["sleep", "60"]
            #expect(try bundle.run(["--detach"]).isSuccess)
            for path in ["/absolute", "missing"] {
                let outcome = try bundle.scene.run(
                    [
                        bundle.scene.executable.folder + "/sandbox", "oci", "--root", bundle.states, "--criu",
                        "/bin/true", "checkpoint", "--parent-path", path, bundle.id,
                    ], in: bundle.folder)
                #expect(outcome.ending == .exited(1) && outcome.errorText.contains("--parent-path"), "\(outcome)")
            }
        }

        @Test("a restore that waits for a criu which waits for ever ends with a signal", .needsRoot)
        func endlessCriu() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                try bundle.writeConfig()
                let (criu, images) = (scene.folder + "/criu", scene.folder + "/images")
                try scene.makeFolder(images)
                try scene.write("[]", to: images + "/descriptors.json")
                try scene.write("#!/bin/sh\necho waits >\(images)/called\nexec sleep 1000\n", to: criu)
                _ = try TestTrouble.check(chmod(criu, 0o755), "chmod \(criu)")
                let call = [
                    scene.executable.folder + "/sandbox", "oci", "--root", bundle.states, "--criu", criu, "restore",
                    "--bundle", bundle.folder, "--image-path", images, "--lazy-pages", bundle.id,
                ]
                let restore = try Child(scene.invocation(call))
                #expect(eventually { readText(images + "/called") == "waits\n" })
                restore.send(SIGTERM)
                let outcome = restore.finish(within: 30)
                #expect(outcome.ending == .exited(1), "\(outcome)")
                #expect(outcome.errorText.contains("wait for criu: interrupted"), "\(outcome)")
                #expect(try bundle.state() == nil)
            }
        }

        @Test("a criu that ends without an answer is told so", .needsRoot)
        func silentCriu() throws {
            let bundle = try Bundle(Scene(.current))
            bundle["process.args"] = ["sleep", "60"]
            #expect(try bundle.run(["--detach"]).isSuccess)
            let outcome = try bundle.scene.run(
                [
                    bundle.scene.executable.folder + "/sandbox", "oci", "--root", bundle.states, "--criu", "/bin/true",
                    "checkpoint", bundle.id,
                ], in: bundle.folder)
            #expect(outcome.ending == .exited(1) && outcome.errorText.contains("criu"), "\(outcome)")
            #expect(try bundle.state()?["status"] as? String == "running")
        }
    }
}
