import Foundation
import Testing

extension Kernel {
    @Suite("refused calls in the background, and of those who join", .needsUserNamespaces, .needsFuse)
    struct JoinedHintTests {
        private static let refused = "profile \"default\" refused unshare (profiles/default.json:"

        @Test("the journal ends with the call, the line and the profile that allows it", arguments: Caller.all)
        func background(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let started = try scene.sandbox(
                    "run", "-d", "--name", "dark", "--", "sh", "-c", "unshare --user true; exit 3")
                #expect(started.isSuccess, "\(started)")
                let waited = try scene.sandbox("wait", "dark")
                #expect(waited.text == "3\n", "\(waited)")
                let journal = try scene.sandbox("logs", "dark").text
                #expect(journal.contains("sandbox: " + Self.refused), "\(journal)")
                #expect(journal.contains("--profile nested allows it"), "\(journal)")
                #expect(journal.contains("Operation not permitted"), "\(journal)")
                let removed = try scene.sandbox("rm", "dark")
                #expect(removed.isSuccess, "\(removed)")
            }
        }

        @Test("nothing is added to the journal of a success")
        func silence() throws {
            let scene = try Scene(Caller.all[0])
            try leavesNothing(scene) {
                let script = "unshare --user true 2>/dev/null; echo end"
                let started = try scene.sandbox("run", "-d", "--name", "fair", "--", "sh", "-c", script)
                #expect(started.isSuccess, "\(started)")
                let waited = try scene.sandbox("wait", "fair")
                #expect(waited.text == "0\n", "\(waited)")
                let journal = try scene.sandbox("logs", "fair")
                #expect(journal.text == "end\n", "\(journal)")
                let removed = try scene.sandbox("rm", "fair")
                #expect(removed.isSuccess, "\(removed)")
            }
        }

        @Test(
            "who joins a sandbox whose refusals are watched gets the errors and the end that its profile says",
            .needs("python3", package: "python3"), arguments: Caller.all)
        func joined(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.makeProfile(
                "deadly",
                #""extends": "default", "seccomp": {"syscalls": [{"names": ["getpgid"], "action": "SCMP_ACT_KILL_PROCESS"}]}"#
            )
            try leavesNothing(scene) {
                let child = try scene.start(
                    "run", "--name", "web", "--profile", "deadly", "--", "sh", "-c", "echo ready; read line")
                try child.waitForOutput("ready")
                let refused = try scene.sandbox("exec", "web", "--", "unshare", "--user", "true")
                #expect(refused.errorText.contains("Operation not permitted"), "\(refused)")
                #expect(
                    refused.errorText.contains("profile \"deadly\" refused unshare (profiles/default.json:"),
                    "\(refused)")
                #expect(refused.errorText.contains("--profile nested allows it"), "\(refused)")
                let fair = try scene.sandbox("exec", "web", "--", "sh", "-c", "unshare --user true 2>/dev/null; true")
                #expect(fair.isSuccess && fair.errorText == "", "\(fair)")
                let ended = try scene.sandbox("exec", "web", "--", "python3", "-c", "import os; os.getpgid(0)")
                #expect(ended.ending == .exited(128 + 31), "\(ended)")
                #expect(ended.errorText.contains("ended a process by SIGSYS for getpgid ("), "\(ended)")
                #expect(ended.errorText.contains("deadly.json:1)"), "\(ended)")
                #expect(child.finish(feeding: Array("go\n".utf8)).isSuccess)
            }
        }

        @Test("a terminal in a shell is told of SIGSYS, too", .needs("python3", package: "python3"))
        func shell() throws {
            let scene = try Scene(Caller.all[0])
            try scene.makeProfile(
                "deadly",
                #""extends": "default", "seccomp": {"syscalls": [{"names": ["getpgid"], "action": "SCMP_ACT_KILL_PROCESS"}]}"#
            )
            let script = "import os; os.getpgid(0)"
            let ended = try scene.sandbox(
                "shell", "--profile", "deadly", "--", "python3", "-c", script, in: scene.project)
            #expect(ended.ending == .exited(128 + 31), "\(ended)")
            #expect(ended.errorText.contains("ended a process by SIGSYS for getpgid ("), "\(ended)")
            let refused = try scene.sandbox("shell", "--", "unshare", "--user", "true", in: scene.project)
            #expect(refused.errorText.contains(" refused unshare (profiles/"), "\(refused)")
        }

        @Test("what a command that joined leaves running gets the errors of its profile, and leaves nothing itself")
        func leftBehind() throws {
            let scene = try Scene(Caller.all[0])
            try leavesNothing(scene) {
                let child = try scene.start("run", "--name", "web", "--", "sh", "-c", "echo ready; read line; cat seen")
                try child.waitForOutput("ready")
                let script = "sleep 0.5; unshare --user true 2>seen; echo $? >>seen"
                let left = try scene.sandbox("exec", "web", "--", "setsid", "--fork", "sh", "-c", script)
                #expect(left.isSuccess, "\(left)")
                let seen = try scene.sandbox(
                    "exec", "web", "--", "sh", "-c", "until grep -q 1 seen; do sleep 0.1; done; cat seen")
                #expect(seen.text.contains("Operation not permitted\n1\n"), "\(seen)")
                #expect(child.finish(feeding: Array("go\n".utf8)).isSuccess)
            }
        }
    }
}
