import Testing

extension Kernel {
    @Suite("shell completion") struct CompletionTests {
        @Test(
            "bash completes verbs, options and commands",
            arguments: [
                ("sandbox ru", "run"), ("sandbox run --no-pr", "--no-project"), ("sandbox doctor --j", "--json"),
                ("sandbox profile sho", "show"), ("sandbox oci stat", "state"),
                ("sandbox oci --ro", "--root"), ("sandbox oci create --console", "--console-socket"),
                ("sandbox oci --root /tmp sta", "start"), ("sandbox oci --debug exec --ignore", "--ignore-paused"),
                ("sandbox oci run --bundle /us", "/usr"), ("sandbox run --rootfs /us", "/usr"),
                ("sandbox run -- sha256su", "sha256sum"),
            ])
        func bash(line: String, expected: String) throws {
            let scene = try Scene(.current)
            let script = """
                source <("$1" --generate-completion-script bash) || exit 1
                COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sandbox; printf '%s\\n' "${COMPREPLY[@]}"
                """
            let outcome = try scene.run(["bash", "-c", script, "bash", scene.executable.folder + "/sandbox", line])
            #expect(outcome.isSuccess && outcome.lines.contains(expected), "\(outcome)")
        }

        @Test(
            "fish completes options behind verbs of verbs", .needs("fish", package: "fish"),
            arguments: [
                ("sandbox oci run --keep", "--keep", "--keep-"), ("sandbox oci --ro", "--root", "--rootfs"),
                ("sandbox run --no-pro", "--no-project", "--no-pivot"), ("sandbox oci stat", "state", "stats"),
            ])
        func fish(line: String, expected: String, foreign: String) throws {
            let scene = try Scene(.current)
            let program = "$argv[1] --generate-completion-script fish | source; complete -C $argv[2]"
            let outcome = try scene.run(
                ["fish", "--no-config", "-c", program, scene.executable.folder + "/sandbox", line])
            let offered = outcome.lines.map { $0.prefix { $0 != "\t" } }
            #expect(offered.contains(Substring(expected)) && !offered.contains(Substring(foreign)), "\(outcome)")
        }

        @Test(
            "zsh and fish have theirs",
            arguments: [("zsh", "#compdef sandbox"), ("fish", "# fish completion of sandbox")])
        func others(shell: String, first: String) throws {
            let outcome = try Scene(.current).sandbox("--generate-completion-script", shell)
            #expect(outcome.isSuccess && outcome.lines.first == first, "\(outcome)")
            #expect(outcome.text.contains("no-project") && outcome.text.contains("doctor"))
        }

        @Test("zsh accepts its script", .needs("zsh", package: "zsh")) func zshSyntax() throws { try syntax("zsh") }

        @Test("fish accepts its script", .needs("fish", package: "fish")) func fishSyntax() throws {
            try syntax("fish")
        }

        private func syntax(_ shell: String) throws {
            let scene = try Scene(.current)
            let script = "\"$1\" --generate-completion-script \"$2\" >script && \"$2\" -n script"
            let outcome = try scene.run(["sh", "-c", script, "sh", scene.executable.folder + "/sandbox", shell])
            #expect(outcome.isSuccess && outcome.lines.isEmpty, "\(outcome)")
        }
    }
}
