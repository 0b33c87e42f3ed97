import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci verbs: several containers, logs and managers", .needsUserNamespaces,
        .needs("busybox", package: "busybox-static"))
    struct OciSelectTests {
        /// Three containers of one bundle, in one folder of states: one-a, one-b and two.
        private func three(_ caller: Caller) throws -> Bundle {
            let bundle = try Bundle(Scene(caller))
            bundle["process.args"] = ["sleep", "60"]
            try bundle.writeConfig()
            for id in ["one-a", "one-b", "two"] {
                let outcome = try bundle.verb("run", ["--detach", "--bundle", bundle.folder, id])
                #expect(outcome.isSuccess, "\(outcome)")
            }
            return bundle
        }

        private func statuses(_ bundle: Bundle) throws -> [String: String] {
            let list = try bundle.verb("list", ["--format", "json"])
            if list.text == "null\n" { return [:] }
            let entries = try JSONSerialization.jsonObject(with: Data(list.output)) as? [[String: Any]] ?? []
            return Dictionary(
                uniqueKeysWithValues: entries.compactMap {
                    ($0["id"] as? String ?? "", $0["status"] as? String ?? "")
                })
        }

        @Test("kill --regex and delete --regex take every container that matches, and no other", arguments: Caller.all)
        func regex(_ caller: Caller) throws {
            let bundle = try three(caller)
            defer { _ = try? bundle.verb("delete", ["--regex", "--force", "."]) }
            let killed = try bundle.verb("kill", ["--regex", "^one-[ab]$", "KILL"])
            #expect(killed.isSuccess, "\(killed)")
            #expect(
                try eventually {
                    try statuses(bundle) == ["one-a": "stopped", "one-b": "stopped", "two": "running"]
                })
            let again = try bundle.verb("kill", ["-r", "one", "KILL"])
            #expect(again.isSuccess, "what has ended is not named, and no failure: \(again)")
            #expect(try bundle.verb("delete", ["-r", "^one"]).isSuccess)
            #expect(try statuses(bundle) == ["two": "running"])
            let running = try bundle.verb("delete", ["--regex", "t.o"])
            #expect(running.ending == .exited(1) && running.errorText.contains("two"), "\(running)")
            #expect(try bundle.verb("delete", ["t.o", "--regex", "--force"]).isSuccess)
            #expect(try statuses(bundle).isEmpty)
            let bad = try bundle.verb("kill", ["--regex", "("])
            #expect(bad.ending == .exited(1) && bad.errorText.contains("--regex"), "\(bad)")
        }

        @Test("the log is a stream of JSON objects, the last of them the error", arguments: Caller.all)
        func jsonLog(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            let log = bundle.scene.folder + "/runtime.log"
            for target in [log, "file:" + log] {
                let outcome = try bundle.scene.sandbox(
                    "oci", "--root", bundle.states, "--log", target, "--log-format", "json", "--debug", "state",
                    "no \"such\"")
                #expect(outcome.ending == .exited(1), "\(outcome)")
            }
            let lines = readText(log).split(separator: "\n")
            let entries = try lines.map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
            }
            #expect(entries.count == 4, "\(lines)")
            #expect(entries.first?["level"] == "debug" && entries.last?["level"] == "error", "\(lines)")
            #expect(entries.allSatisfy { Set($0.keys) == ["level", "msg", "time"] }, "\(lines)")
            let date = try #require(entries.last?["time"])
            #expect(ISO8601DateFormatter().date(from: date) != nil, "\(date)")
        }

        @Test("--log journald: and syslog: send datagrams with their identifier", .needsRoot)
        func datagrams() throws {
            for (target, path, words) in [
                ("journald:cell", "/run/systemd/journal/socket", ["SYSLOG_IDENTIFIER=cell\n", "PRIORITY=3\nMESSAGE="]),
                ("syslog:cell", "/dev/log", ["<11>cell["]),
            ] {
                let scene = try Scene(.current)
                let receiver = try DatagramReceiver(scene.folder + "/log", for: .current)
                // In a mount namespace of its own, since the host's logger keeps its socket.
                let script = """
                    top=/$(echo "$2" | cut -d/ -f2) && mount -t tmpfs none $top && mkdir -p "$(dirname "$2")"
                    touch "$2" && mount --bind "$1" "$2" || exit 9
                    shift 2; exec "$@"
                    """
                let command = [scene.executable.folder + "/sandbox", "oci", "--log", target, "state", "nobody"]
                let outcome = try scene.run(
                    ["unshare", "-m", "sh", "-c", script, "sh", receiver.path, path] + command)
                #expect(outcome.ending == .exited(1), "\(outcome)")
                let entry = try #require(receiver.next(), "\(outcome)")
                for word in words + ["container nobody does not exist"] {
                    #expect(entry.contains(word), "\(entry)")
                }
            }
        }

        @Test("a log target that cannot be is named", arguments: ["journald:", "syslog:", "/nonexistent/log"])
        func badTarget(_ target: String) throws {
            let outcome = try Scene(.current).sandbox("oci", "--log", target, "state", "nobody")
            #expect(outcome.ending == .exited(1), "\(outcome)")
            #expect(outcome.errorText.contains(target) || outcome.errorText.contains("--log"), "\(outcome)")
        }
    }
}
