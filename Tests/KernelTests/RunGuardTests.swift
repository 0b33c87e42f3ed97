import Foundation
import Testing

extension Kernel {
    @Suite("sandbox run: what must not be planted", .needsUserNamespaces, .needsFuse)
    struct RunGuardTests {
        @Test("a missing commondir cannot be made, and nothing stays in its place", arguments: Caller.all)
        func commondir(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try scene.shell(
                "echo ../evil >.git/commondir; rm -f .git/commondir; mv .git/commondir x; cat .git/commondir")
            #expect(outcome.lines == ["."], "\(outcome)")
            #expect(access(scene.project + "/.git/commondir", F_OK) != 0)
        }

        @Test("two runs at once keep each other's placeholder", arguments: Caller.all)
        func commondirShared(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let marker = scene.project + "/up"
            let first = try scene.start(
                "run", "--", "sh", "-c", "touch up; while test -e up; do sleep 0.05; done; cat .git/commondir")
            #expect(eventually { access(marker, F_OK) == 0 })
            #expect(try scene.shell("true").isSuccess)
            #expect(access(scene.project + "/.git/commondir", F_OK) == 0)
            #expect(unlink(marker) == 0)
            let outcome = first.finish(within: 20)
            #expect(outcome.lines == ["."], "\(outcome)")
            #expect(access(scene.project + "/.git/commondir", F_OK) != 0)
        }

        @Test("runs that begin and end together in one project do not lose the placeholder", arguments: Caller.all)
        func commondirTogether(_ caller: Caller) throws {
            let scene = try Scene(caller)
            for _ in 0..<5 {
                let children = try (0..<8).map { _ in try scene.start("run", "--", "cat", ".git/commondir") }
                for child in children {
                    let outcome = child.finish(within: 60)
                    #expect(outcome.lines == ["."], "\(outcome)")
                }
            }
            #expect(access(scene.project + "/.git/commondir", F_OK) != 0)
        }

        @Test("a missing working folder is an error, and is not made on the host", arguments: Caller.all)
        func workingFolder(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try scene.sandbox("run", "--workdir", "made/deep", "--", "true")
            #expect(outcome.ending == .exited(125), "\(outcome)")
            #expect(access(scene.project + "/made", F_OK) != 0)
        }

        @Test("an argument that is no text is refused, not mended", arguments: Caller.all)
        func arguments(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let script = "exec \(scene.executable.folder)/sandbox run -- echo \"$(printf 'a\\377b')\""
            let outcome = try scene.run(["sh", "-c", script])
            #expect(outcome.ending == .exited(125) && outcome.errorText.contains("UTF-8"), "\(outcome)")
        }
    }

    @Suite("oci verbs: what a bundle may not be", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciTrapTests {
        @Test("a link of the image leads no mount into /proc", arguments: Caller.all, ["/px/attr", "/py/keys"])
        func procThroughLink(_ caller: Caller, _ destination: String) throws {
            let bundle = try Bundle(Scene(caller))
            #expect(symlink("/proc/self", bundle.rootfs + "/px") == 0)
            #expect(symlink("/proc", bundle.rootfs + "/py") == 0)
            let source = bundle.scene.folder + "/fake"
            try bundle.scene.write("", to: source)
            let mount: [String: Any] =
                destination == "/px/attr"
                ? ["destination": destination, "type": "tmpfs", "source": "tmpfs"]
                : ["destination": destination, "type": "bind", "source": source, "options": ["bind"]]
            bundle.add(mount, to: "mounts")
            bundle["process.args"] = ["true"]
            let outcome = try bundle.run()
            #expect(outcome.ending == .exited(1) && outcome.errorText.contains("/proc"), "\(outcome)")
        }

        @Test("a pipe in place of config.json is refused at once", arguments: Caller.all)
        func pipe(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let folder = scene.folder + "/trap"
            try scene.makeFolder(folder)
            #expect(mkfifo(folder + "/config.json", 0o666) == 0)
            let outcome = try scene.sandbox("oci", "run", "--bundle", folder, "trap", within: 10)
            #expect(outcome.ending == .exited(1) && outcome.errorText.contains("config.json"), "\(outcome)")
        }
    }
}

extension Kernel {
    @Suite("sandbox run: the copy of root's files", .needsUserNamespaces, .needsFuse, .needsOrdinaryUser)
    struct RunCopyTests {
        @Test("an ordinary user copies, edits, moves and removes them without a complaint, and owns what it makes")
        func changes() throws {
            guard let caller = Caller.ordinary else { return }
            let scene = try Scene(caller)
            let outcome = try scene.shell(
                """
                cp -p /etc/hosts /etc/copy && stat -c %u /etc/copy; sed -i s/x/x/ /etc/group && echo edited
                mv /etc/hosts /etc/moved && cat /etc/moved >/dev/null && echo moved; rm /etc/passwd && echo removed
                chown 0 /etc/copy 2>/dev/null || echo refused
                """)
            #expect(
                outcome.lines == ["\(caller.uid)", "edited", "moved", "removed", "refused"]
                    && outcome.errors.isEmpty, "\(outcome)")
            #expect(access("/etc/passwd", F_OK) == 0 && access("/etc/copy", F_OK) != 0)
        }
    }
}

extension Kernel {
    @Suite(
        "sandbox run: a repository of somebody else", .needsRoot, .needsUserNamespaces, .needsFuse, .needsOrdinaryUser)
    struct RunForeignTests {
        @Test("where the caller may not write, nothing is held and the command runs")
        func foreign() throws {
            guard let caller = Caller.ordinary else { return }
            let scene = try Scene(caller)
            #expect(chown(scene.project + "/.git", 0, 0) == 0)
            let outcome = try scene.shell("touch .git/commondir 2>/dev/null || echo refused")
            #expect(outcome.ending == .exited(0) && outcome.lines == ["refused"], "\(outcome)")
        }
    }
}
