import Foundation
import Testing

extension Kernel {
    @Suite("oci verbs: file systems and namespaces", .needsUserNamespaces, .needs("busybox", package: "busybox-static"))
    struct OciFilesystemTests {
        @Test("masked paths are empty, read-only paths refuse writes", arguments: Caller.all)
        func maskedAndReadonly(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            try bundle.scene.makeFolder(bundle.rootfs + "/hidden")
            try bundle.scene.write("x", to: bundle.rootfs + "/hidden/file")
            try bundle.scene.makeFolder(bundle.rootfs + "/fixed")
            bundle.add("/hidden", to: "linux.maskedPaths")
            bundle.add("/etc/passwd", to: "linux.maskedPaths")
            bundle.add("/no/such/path", to: "linux.maskedPaths")
            bundle.add("/fixed", to: "linux.readonlyPaths")
            bundle.script(
                """
                ls -A /hidden | wc -l; wc -c </etc/passwd; wc -c </proc/kcore
                touch /hidden/new /fixed/new; echo 1 >/proc/sys/kernel/domainname; echo x >/etc/passwd; echo ok
                """)
            let outcome = try bundle.run()
            #expect(outcome.lines == ["0", "0", "0", "ok"], "\(outcome)")
            #expect(readText(bundle.rootfs + "/etc/passwd").hasPrefix("root:"))
            for path in ["/hidden/new", "/fixed/new"] { #expect(access(bundle.rootfs + path, F_OK) != 0) }
        }

        @Test("a read-only root refuses writes, and mounts on it do not", arguments: Caller.all)
        func readonlyRoot(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["root.readonly"] = true
            bundle.add(["destination": "/tmp", "type": "tmpfs", "source": "tmpfs"], to: "mounts")
            bundle.script("touch /x; touch /tmp/x && echo ok")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["ok"] && outcome.errorText.contains("Read-only"), "\(outcome)")
        }

        @Test("bind mounts, recursive and read-only ones, onto files and folders that are made", arguments: Caller.all)
        func binds(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let bundle = try Bundle(scene)
            try scene.makeFolder(scene.folder + "/data")
            try scene.write("content", to: scene.folder + "/data/file")
            for (target, source, options) in [
                ("/data/deep/rw", scene.folder + "/data", ["rbind", "rw"]),
                ("/data/deep/ro", scene.folder + "/data", ["bind", "ro"]),
                ("/etc/one-file", scene.folder + "/data/file", ["bind", "ro"]),
            ] {
                bundle.add(
                    ["destination": target, "type": "none", "source": source, "options": options] as [String: Any],
                    to: "mounts")
            }
            bundle.script(
                "cat /data/deep/rw/file /data/deep/ro/file /etc/one-file; touch /data/deep/rw/new; touch /data/deep/ro/newer; echo >/etc/one-file"
            )
            let outcome = try bundle.run()
            #expect(outcome.text == "contentcontentcontent", "\(outcome)")
            #expect(access(scene.folder + "/data/new", F_OK) == 0)
            #expect(access(scene.folder + "/data/newer", F_OK) != 0)
            #expect(readText(scene.folder + "/data/file") == "content")
        }

        @Test("the default devices and links are there", arguments: Caller.all)
        func devices(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle.script(
                """
                for d in null zero full random urandom tty; do test -c /dev/$d || echo missing $d; done
                for l in fd stdin stdout stderr ptmx; do test -L /dev/$l || echo missing $l; done
                head -c 4 /dev/zero | od -An -tx1; echo x >/dev/null; head -c 1 /dev/urandom | wc -c; echo x >/dev/full
                """)
            let outcome = try bundle.run()
            #expect(outcome.lines == [" 00 00 00 00", "1"], "\(outcome)")
            #expect(outcome.errorText.contains("No space"), "\(outcome)")
        }

        @Test("the host's mounts are gone from the container", arguments: Caller.all)
        func onlyOwnMounts(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            bundle["process.args"] = ["cut", "-d ", "-f5", "/proc/self/mountinfo"]
            let outcome = try bundle.run()
            let allowed = ["/", "/proc", "/dev", "/sys", "/etc"]
            for path in outcome.lines {
                #expect(allowed.contains { path == $0 || path.hasPrefix($0 + "/") }, "\(path): \(outcome)")
            }
            #expect(outcome.lines.contains("/proc"), "\(outcome)")
        }

        @Test("each namespace asked for is new, each other one the caller's", arguments: Caller.all)
        func namespaces(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            let links = "for n in pid ipc uts mnt net user cgroup; do echo $n $(readlink /proc/self/ns/$n); done"
            let host = Set(try bundle.scene.run(["sh", "-c", links]).lines)
            bundle.script(links)
            let inside = try bundle.run()
            let shared = Set(inside.lines).intersection(host).compactMap { $0.split(separator: " ").first }
            #expect(Set(shared) == (caller.isRoot ? ["user", "cgroup"] : ["cgroup"]), "\(inside)")

            bundle.removeNamespace("uts")
            bundle["hostname"] = nil
            let fewer = try bundle.run()
            #expect(Set(fewer.lines).intersection(host).contains { $0.hasPrefix("uts ") }, "\(fewer)")
        }

        @Test("namespaces are joined by their paths", arguments: Caller.all)
        func joins(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let first = try Bundle(scene)
            first.script("echo up >/up; exec \(scene.nap)")
            #expect(try first.create().isSuccess)
            #expect(try first.verb("start", [first.id]).isSuccess)
            #expect(eventually { readText(first.rootfs + "/up") == "up\n" })
            let pid = try #require(try first.state()?["pid"] as? Int)

            // The second container of a pod: the first one's network, ipc and uts, and rootless also its user.
            let id = first.id + "-b"
            let joined = ["network": "net", "ipc": "ipc", "uts": "uts", "user": "user"]
            first["linux.namespaces"] = (first["linux.namespaces"] as? [[String: Any]])?.map { namespace in
                guard let kind = namespace["type"] as? String, let file = joined[kind] else { return namespace }
                return ["type": kind, "path": "/proc/\(pid)/ns/\(file)"]
            }
            if !caller.isRoot {
                first["linux.uidMappings"] = nil
                first["linux.gidMappings"] = nil
            }
            first["hostname"] = nil
            first.script("hostname; readlink /proc/self/ns/net; readlink /proc/self/ns/pid")
            try first.writeConfig()
            let outcome = try first.verb("run", ["--bundle", first.folder, id])
            let of = { (kind: String) in try scene.run(["readlink", "/proc/\(pid)/ns/\(kind)"]).lines.first }
            #expect(outcome.lines.first == "cell", "\(outcome)")
            #expect(try outcome.lines.dropFirst().first == of("net"), "\(outcome)")
            #expect(try outcome.lines.last != of("pid"), "\(outcome)")
        }

        @Test("sysctls of the container's namespaces are set", .needsRoot)
        func sysctl() throws {
            let bundle = try Bundle(Scene(try #require(Caller.root)))
            bundle["linux.sysctl"] = ["net.ipv4.ip_unprivileged_port_start": "79", "kernel.msgmax": "4096"]
            bundle.script("cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax")
            let before = readText("/proc/sys/kernel/msgmax")
            let outcome = try bundle.run()
            #expect(outcome.lines == ["79", "4096"], "\(outcome)")
            #expect(readText("/proc/sys/kernel/msgmax") == before)
        }

        @Test("root propagation: a host mount does not enter a private container", .needsRoot)
        func propagation() throws {
            let scene = try Scene(try #require(Caller.root))
            let bundle = try Bundle(scene)
            try scene.makeFolder(bundle.rootfs + "/late")
            bundle["linux.rootfsPropagation"] = "private"
            bundle.script("echo up >/up; while ! test -e /go; do sleep 0.02; done; ls -A /late >/seen; touch /over")
            // The whole in a mount namespace of its own, shared, so that nothing is mounted on the host.
            try bundle.writeConfig()
            let script = """
                mount --make-rshared /
                \(bundle.command("run", ["--detach", "--bundle", bundle.folder, bundle.id]).joined(separator: " "))
                while ! test -e \(bundle.rootfs)/up; do sleep 0.02; done
                mount -t tmpfs late \(bundle.rootfs)/late && touch \(bundle.rootfs)/late/file
                touch \(bundle.rootfs)/go; n=0
                while ! test -e \(bundle.rootfs)/over && [ $n -lt 300 ]; do sleep 0.02; n=$((n+1)); done
                """
            let outcome = try scene.run(["unshare", "--mount", "sh", "-c", script])
            #expect(access(bundle.rootfs + "/over", F_OK) == 0, "\(outcome)")
            #expect(readText(bundle.rootfs + "/seen").isEmpty, "\(outcome)")
        }
    }
}
