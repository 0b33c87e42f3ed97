import Foundation
import Testing

extension Kernel {
    @Suite("shell completion of names", .needsUserNamespaces, .needsFuse) struct CompletionNameTests {
        private static let lines = [
            ("sandbox run --profile stri", "strict"), ("sandbox run --profile=stri", "strict"),
            ("sandbox run --net us", "user"), ("sandbox run :te", "test"), ("sandbox shell no", "node"),
            ("sandbox stop compl", "completed"), ("sandbox profile show stri", "strict"),
            ("sandbox run --net join:comp", "completed"), ("sandbox run --keep ke", "kept"),
        ]

        /// A project file, a sandbox that runs, and one whose changes are kept.
        private func prepare(_ scene: Scene) throws {
            try scene.write(
                "[command.test]\nrun = 'x'\n[command.'$(touch ../evil)']\nrun = 'x'\n[shell.node]\n",
                to: scene.project + "/sandbox.toml")
            let started = try scene.sandbox(
                "run", "--no-config", "--keep", "kept", "-d", "--name", "completed", "--", "sleep", "60")
            #expect(started.isSuccess, "\(started)")
        }

        @Test("bash completes what this machine has, and evaluates none of it")
        func bash() throws {
            let scene = try Scene(.current)
            try prepare(scene)
            let script = #"""
                program=$1; shift
                source <("$program" --generate-completion-script bash) || exit 1
                for all; do
                    COMP_LINE=$all; COMP_POINT=${#all}; line=$all; COMP_WORDS=()
                    while [[ $line =~ ^[[:space:]]*([:=]|[^[:space:]:=]+)(.*)$ ]]; do
                        COMP_WORDS+=("${BASH_REMATCH[1]}"); line=${BASH_REMATCH[2]}
                    done
                    COMP_WORDS[0]=$program; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sandbox; echo "${COMPREPLY[@]}"
                done
                """#
            let outcome = try scene.run(
                ["bash", "-c", script, "bash", scene.executable.folder + "/sandbox"] + Self.lines.map(\.0) + [
                    "sandbox run :"
                ])
            #expect(try scene.sandbox("rm", "-f", "completed").isSuccess)
            #expect(outcome.isSuccess && outcome.lines == Self.lines.map(\.1) + ["test"], "\(outcome)")
            #expect(access(scene.home + "/evil", F_OK) != 0)
        }

        @Test("fish completes them too", .needs("fish", package: "fish"))
        func fish() throws {
            let scene = try Scene(.current)
            try prepare(scene)
            let program = """
                set PATH (dirname $argv[1]) $PATH
                $argv[1] --generate-completion-script fish | source; for line in $argv[2..]; complete -C $line; echo --; end
                """
            let lines = Self.lines.filter { !$0.0.contains("=") && !$0.0.contains("join") }
            let outcome = try scene.run(
                ["fish", "--no-config", "-c", program, scene.executable.folder + "/sandbox"] + lines.map(\.0))
            #expect(try scene.sandbox("rm", "-f", "completed").isSuccess)
            let groups = outcome.text.components(separatedBy: "--\n")
            for (group, line) in zip(groups, lines) { #expect(group.contains(line.1), "\(line): \(group)") }
        }
    }
}
