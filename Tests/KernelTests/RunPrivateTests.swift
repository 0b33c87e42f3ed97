import Foundation
import Testing

extension Kernel {
    @Suite("sandbox run: variables, secrets and git", .needsUserNamespaces, .needsFuse) struct RunPrivateTests {
        @Test("--env-file sets and passes variables, and --env wins", arguments: Caller.all)
        func envFile(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write("# word\n\nA=1 \"2\"\r\nB=file\nPASSED\nGONE\nEMPTY=\n", to: scene.project + "/vars")
            scene.environment["PASSED"] = "caller"
            let outcome = try scene.shell(
                "env | grep -E '^(A|B|PASSED|GONE|EMPTY)=' | sort", options: ["--env-file", "vars", "-e", "B=option"])
            #expect(outcome.text == "A=1 \"2\"\nB=option\nEMPTY=\nPASSED=caller\n", "\(outcome)")
            try scene.write("export A=1\n", to: scene.project + "/bad")
            let bad = try scene.shell("true", options: ["--env-file", "bad"])
            #expect(bad.ending == .exited(125) && bad.errorText.contains("line 1"), "\(bad)")
            let missing = try scene.shell("true", options: ["--env-file", "no-such"])
            #expect(missing.ending == .exited(125) && missing.errorText.contains("no-such"), "\(missing)")
        }

        @Test("--secret is a copy in memory that only the command reads", arguments: Caller.all)
        func secret(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                try scene.write("s3cret\n", to: scene.folder + "/token", mode: 0o600)
                let outcome = try scene.shell(
                    "cat /run/secrets/tok; stat -c '%a %u' /run/secrets/tok /run/secrets; stat -f -c %T /run/secrets; "
                        + "echo x >/run/secrets/new || echo closed; tr '\\0' '\\n' </proc/1/environ | grep -c s3cret",
                    options: ["--secret", "tok=\(scene.folder)/token"])
                let own = "400 \(caller.uid)\n500 \(caller.uid)\ntmpfs\n"
                #expect(outcome.text.hasPrefix("s3cret\n" + own), "\(outcome)")
                #expect(outcome.text.contains("closed") || caller.isRoot, "\(outcome)")
                let piped = try scene.sandbox(
                    "run", "--secret", "p=/dev/stdin", "--", "cat", "/run/secrets/p", feeding: Array("piped".utf8))
                #expect(piped.text == "piped", "\(piped)")
                let explained = try scene.sandbox(
                    "run", "--explain", "--json", "--secret", "tok=\(scene.folder)/token", "true")
                #expect(explained.isSuccess && !explained.text.contains("s3cret"), "\(explained)")
                for value in ["tok", "a/b=x", "..=x", "=x", "t=/no/such"] {
                    let bad = try scene.sandbox("run", "--secret", value, "true")
                    #expect(bad.ending == .exited(125) && bad.errorText.contains("--secret"), "\(bad)")
                }
            }
        }

        @Test(
            "--git brings name, address and trust, and no credential", .needs("git", package: "git"),
            arguments: Caller.all)
        func git(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try scene.write(
                "[user]\n\tname = \"Ada L\"\n\temail = ada@example.org\n[credential]\n\thelper = store\n",
                to: scene.home + "/.gitconfig")
            let script =
                "git config user.name; git config user.email; git config credential.helper || echo none; git status -s | wc -l"
            let outcome = try scene.shell(script, options: ["--git"])
            #expect(outcome.text == "Ada L\nada@example.org\nnone\n0\n", "\(outcome)")
            let without = try scene.shell("git config user.name || echo nobody")
            #expect(without.text == "nobody\n", "\(without)")
        }
    }
}
