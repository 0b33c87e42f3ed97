import Foundation
import LinuxKernel
import Testing

extension Kernel {
    @Suite(
        "oci verbs: service managers and agents", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciSocketTests {
        /// Answers each notification of a seccomp listener with `errno`, until the filter's last process is gone.
        private func answer(_ listener: Int32, with errno: Int32) {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            while poll(&waiting, 1, 5000) == 1, waiting.revents & Int16(POLLIN) != 0 {
                // struct seccomp_notif begins with its id; struct seccomp_notif_resp is id, value, error, flags.
                var call = [UInt64](repeating: 0, count: 10)
                guard clinux_ioctl(listener, 0xC050_2100, &call) >= 0 else { return }
                var reply: [UInt64] = [call[0], 0, UInt64(UInt32(bitPattern: -errno))]
                _ = clinux_ioctl(listener, 0xC018_2101, &reply)
            }
        }

        private func notifying(_ caller: Caller) throws -> (Bundle, ConsoleReceiver) {
            let bundle = try Bundle(Scene(caller))
            let path = bundle.scene.folder + "/agent"
            bundle["linux.seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": path, "listenerMetadata": "for the agent",
                "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"]],
            ]
            return (bundle, try ConsoleReceiver(at: path))
        }

        private func check(
            _ text: String, _ bundle: Bundle, _ status: String
        ) throws {
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
            #expect(document["fds"] as? [String] == ["seccompFd"], "\(text)")
            #expect(document["metadata"] as? String == "for the agent", "\(text)")
            #expect(document["pid"] as? Int ?? 0 > 0, "\(text)")
            let state = try #require(document["state"] as? [String: Any], "\(text)")
            #expect(state["id"] as? String == bundle.id && state["status"] as? String == status, "\(text)")
        }

        @Test("the agent gets the listener with the process's state, and its answers count", arguments: Caller.all)
        func agent(_ caller: Caller) throws {
            let (bundle, receiver) = try notifying(caller)
            bundle.script("mkdir /made; echo $?; exec sleep 60")
            try bundle.writeConfig()
            let child = try Child(
                bundle.scene.invocation(
                    bundle.command("run", ["--bundle", bundle.folder, bundle.id]), in: bundle.folder))
            let (text, listener) = try receiver.receiveMessage()
            defer { close(listener) }
            try check(text, bundle, "creating")
            let answering = Thread { answer(listener, with: ENOMEDIUM) }
            answering.start()
            try child.waitForOutput("1\n")
            #expect(access(bundle.rootfs + "/made", F_OK) != 0)

            let exec = try Child(
                bundle.scene.invocation(
                    bundle.command("exec", [bundle.id, "mkdir", "/made"]), in: bundle.folder))
            let (second, another) = try receiver.receiveMessage()
            defer { close(another) }
            try check(second, bundle, "running")
            Thread { answer(another, with: EROFS) }.start()
            let outcome = exec.finish()
            #expect(outcome.errorText.contains("Read-only file system"), "\(outcome)")
            #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
            _ = child.finish()
        }

        @Test("without an agent nothing runs and nothing is left", arguments: Caller.all)
        func noAgent(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let bundle = try Bundle(scene)
                bundle.script("echo ran")
                bundle["linux.seccomp"] = [
                    "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": scene.folder + "/nobody",
                    "syscalls": [["names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"]],
                ]
                let outcome = try bundle.run()
                #expect(outcome.ending == .exited(1) && !outcome.text.contains("ran"), "\(outcome)")
                #expect(outcome.errorText.contains("failed to connect with seccomp agent"), "\(outcome)")
            }
        }

        // MARK: sd_notify

        /// busybox has no sd_notify: the container tells its socket's place and type, and the test speaks for it.
        private func speak(_ text: String, to path: String) throws {
            let socket = try connectUnixSocket(path, kind: .datagram)
            try sendAll(socket.raw, Array(text.utf8))
        }

        @Test(
            "run and start wait until the container is ready, and the manager learns its process", arguments: Caller.all
        )
        func notify(_ caller: Caller) throws {
            for verbs in [["run", "--detach"], ["create"]] {
                let bundle = try Bundle(Scene(caller))
                let manager = try DatagramReceiver(bundle.scene.folder + "/manager", for: caller)
                bundle.script("ls -l $NOTIFY_SOCKET >/seen; exec \(bundle.scene.nap)")
                try bundle.writeConfig()
                let environment = ["NOTIFY_SOCKET": manager.path]
                func start(_ arguments: [String]) throws -> Child {
                    try Child(bundle.scene.invocation(arguments, environment: environment, in: bundle.folder))
                }
                var child = try start(
                    bundle.command(verbs[0], verbs.dropFirst() + ["--bundle", bundle.folder, bundle.id]))
                if verbs[0] == "create" {
                    #expect(child.finish().isSuccess)
                    child = try start(bundle.command("start", [bundle.id]))
                }
                #expect(eventually { readText(bundle.rootfs + "/seen").contains("/run/notify/notify.sock") })
                #expect(
                    readText(bundle.rootfs + "/seen").hasPrefix("srwxrwxrwx"), "\(readText(bundle.rootfs + "/seen"))")
                let pid = try #require(try bundle.state()?["pid"] as? Int)
                let socket = "\(bundle.states)/\(bundle.id)/notify/notify.sock"
                try speak("STATUS=nearly\nMAINPID=1\n", to: socket)
                #expect(manager.next() == "STATUS=nearly\n")
                usleep(50_000)
                #expect(reap(child.pid) == nil, "it did not wait")
                try speak("READY=1\nSTATUS=up\n", to: socket)
                #expect(manager.next() == "READY=1\nSTATUS=up\nMAINPID=\(pid)\n")
                #expect(manager.next() == "BARRIER=1")
                #expect(child.finish().isSuccess)
                #expect(try bundle.verb("delete", ["--force", bundle.id]).isSuccess)
                #expect(access(socket, F_OK) != 0)
            }
        }

        @Test("a container that ends before it is ready ends the wait; without a manager nothing is prepared")
        func notifyEnds() throws {
            let bundle = try Bundle(Scene(.current))
            let manager = try DatagramReceiver(bundle.scene.folder + "/manager", for: .current)
            bundle.script("sleep 0.2")
            try bundle.writeConfig()
            let run = bundle.command("run", ["--detach", "--bundle", bundle.folder, bundle.id])
            let outcome = try bundle.scene.run(run, environment: ["NOTIFY_SOCKET": manager.path], in: bundle.folder)
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(try bundle.verb("delete", [bundle.id]).isSuccess)
            bundle.script("echo ${NOTIFY_SOCKET-none}; test ! -e /run/notify/notify.sock")
            let plain = try bundle.run()
            #expect(plain.text == "none\n" && plain.isSuccess, "\(plain)")
        }

        // MARK: sd_listen_fds

        @Test(
            "listening sockets come first, then --preserve-fds, and only to whom they are meant", arguments: Caller.all)
        func listen(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.env"] = ["PATH=/bin", "LISTEN_FDS=99"]
            bundle.script("echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; cat <&4; ls /proc/self/fd | wc -w")
            try bundle.writeConfig()
            let command = bundle.command("run", ["--preserve-fds", "1", "--bundle", bundle.folder, bundle.id])
            for (name, text) in [("one", "first\n"), ("two", "second\n")] {
                try bundle.scene.write(text, to: "\(bundle.scene.folder)/\(name)")
            }
            let open = "exec 3<\(bundle.scene.folder)/one 4<\(bundle.scene.folder)/two; "
            func run(_ pid: String) throws -> Outcome {
                let script =
                    open + "export LISTEN_FDS=1 LISTEN_FDNAMES=web LISTEN_PID=\(pid); exec \"$@\""
                return try bundle.scene.run(["sh", "-c", script, "sh"] + command, in: bundle.folder)
            }
            let meant = try run("$$")
            #expect(meant.lines.prefix(3) == ["1 1 web", "first", "second"], "\(meant)")
            let other = try run("1")
            #expect(other.lines.prefix(2) == ["99", "first"], "\(other)")
        }
    }
}
