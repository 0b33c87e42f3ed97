import Foundation
import Testing

#if arch(x86_64)
    extension Kernel {
        @Suite(
            "kernels that lack calls", .needsRoot, .needsUserNamespaces,
            .needs("busybox", package: "busybox-static"), .needs("python3", package: "python3"))
        struct OldKernelTests {
            private func run(_ scene: Scene, _ arguments: [String]) throws -> Outcome {
                let command = scene.invocation(arguments)
                return try Child(
                    Invocation(
                        arguments: OldKernel.wrap(command.arguments), environment: command.environment,
                        directory: command.directory)
                ).finish(within: 20)
            }

            @Test("the filter of these tests really takes the calls away")
            func filterWorks() throws {
                let scene = try Scene(Caller.current)
                let probe =
                    "import ctypes; c = ctypes.CDLL(None, use_errno=True); "
                    + "print([(c.syscall(n, -1, 0, 0, 0, 0, 0), ctypes.get_errno()) for n in \(OldKernel.missing)])"
                let outcome = try run(scene, ["python3", "-c", probe])
                let expected = OldKernel.missing.map { _ in "(-1, 38)" }.joined(separator: ", ")
                #expect(outcome.lines == ["[\(expected)]"], "\(outcome)")
            }

            @Test("sandbox run keeps its walls", .needsFuse, arguments: Caller.all)
            func sandboxRun(_ caller: Caller) throws {
                let scene = try Scene(caller)
                let script = """
                    touch /etc/x && echo copy; touch /usr/x 2>/dev/null || echo fixed; touch inside && echo project
                    echo x > .git/config 2>/dev/null || echo guarded; grep -c NoNewPrivs:.1 /proc/self/status
                    """
                let outcome = try run(
                    scene, [scene.executable.folder + "/sandbox", "run", "--", "sh", "-c", script])
                #expect(outcome.lines == ["copy", "fixed", "project", "guarded", "1"], "\(outcome)")
                #expect(access("/etc/x", F_OK) != 0)
            }

            @Test("a bundle's read-only binds, masks and read-only paths hold", arguments: Caller.all)
            func bundleWalls(_ caller: Caller) throws {
                let scene = try Scene(caller)
                let bundle = try Bundle(scene)
                try scene.makeFolder(scene.folder + "/data")
                bundle.add(
                    [
                        "destination": "/data", "type": "bind", "source": scene.folder + "/data",
                        "options": ["bind", "ro", "nosuid"],
                    ] as [String: Any], to: "mounts")
                try scene.makeFolder(bundle.rootfs + "/fixed")
                bundle.add("/fixed", to: "linux.readonlyPaths")
                bundle.add("/etc/passwd", to: "linux.maskedPaths")
                bundle["root.readonly"] = true
                bundle.script(
                    """
                    touch /data/x 2>/dev/null || echo ro; touch /fixed/x 2>/dev/null || echo fixed
                    wc -c </etc/passwd; touch /x 2>/dev/null || echo root
                    """)
                try bundle.writeConfig()
                let outcome = try run(scene, bundle.command("run", ["--bundle", bundle.folder, bundle.id]))
                #expect(outcome.lines == ["ro", "fixed", "0", "root"], "\(outcome)")
            }
        }
    }
#endif
