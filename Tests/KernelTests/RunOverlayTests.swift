import Foundation
import Testing

extension Kernel {
    @Suite(
        "sandbox run --overlay", .needsUserNamespaces, .needsFuse, .needsUserOverlay,
        .needs("busybox", package: "busybox-static"))
    struct RunOverlayTests {
        private func tree(_ scene: Scene) throws -> String {
            let tree = scene.folder + "/tree"
            try Rootfs.make(at: tree, for: scene.caller)
            let made = try scene.run(
                ["sh", "-c", "mkdir -p \(tree)/layer/d; echo old >\(tree)/layer/old; echo f >\(tree)/layer/d/f"])
            try #require(made.isSuccess, "\(made)")
            return tree
        }

        @Test("both show the same changes, and who serves is seen", arguments: Caller.all, ["kernel", "fuse", "auto"])
        func same(_ caller: Caller, _ choice: String) throws {
            let scene = try Scene(caller)
            let tree = try tree(scene)
            try leavesNothing(scene) {
                let outcome = try scene.shell(
                    """
                    cd /layer; cat old; echo new >made; rm old; rm -r d; mkdir d; echo * d/*
                    awk '$5 == "/"' /proc/self/mountinfo | grep -c .
                    awk '$5 == "/"' /proc/self/mountinfo | grep -c ' - overlay '; ls -d /../layer /../usr
                    """, options: ["--rootfs", tree, "--overlay", choice])
                // One mount at /, and nothing of the host above it.
                #expect(
                    outcome.lines == ["old", "d made d/*", "1", choice == "fuse" ? "0" : "1", "/../layer"],
                    "\(outcome)")
            }
            #expect(readText(tree + "/layer/old") == "old\n" && access(tree + "/layer/made", F_OK) != 0)
        }

        @Test("kept changes go from the kernel's overlay to ours, and then stay there", arguments: Caller.all)
        func kept(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let options = ["--rootfs", try tree(scene), "--keep", "both"]
            func run(_ choice: String, _ script: String) throws -> Outcome {
                try scene.shell("cd /layer; " + script, options: options + ["--overlay", choice])
            }
            #expect(try run("kernel", "rm old; rm -r d; mkdir d; echo 1 >d/new").isSuccess)
            #expect(try run("auto", "echo * d/*; echo 2 >second").lines == ["d d/new"])
            #expect(try run("fuse", "echo * d/*; mv d moved").lines == ["d second d/new"])
            let refused = try run("kernel", "true")
            #expect(!refused.isSuccess && refused.errorText.contains("the FUSE overlay's"), "\(refused)")
            #expect(try run("auto", "echo * moved/*").lines == ["moved second moved/new"])
        }

        @Test("what the kernel's overlay refuses is served by ours", .needsRoot)
        func refused() throws {
            // It cannot be laid over a tree that two overlays lie on top of each other in.
            let root = try #require(Caller.root)
            let stage = try OverlayStage(root)
            let tree = stage.folder + "/l/tree"
            try Rootfs.make(at: tree, for: root)
            let outcome = try stage.run(
                """
                kernels; mkdir u2 w2 m2; mount -t overlay -o userxattr,lowerdir=m,upperdir=u2,workdir=w2 o m2
                "$SANDBOX" run --no-project --rootfs "$PWD/m2/tree" -- sh -c 'echo here'
                "$SANDBOX" run --no-project --overlay kernel --rootfs "$PWD/m2/tree" -- true || echo refused
                """)
            #expect(outcome.lines == ["here", "refused"], "\(outcome)")
            #expect(outcome.errorText.contains("--overlay fuse"), "\(outcome)")
        }
    }
}
