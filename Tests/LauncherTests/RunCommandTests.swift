import Diagnostics
import Launcher
import RuntimeSpec
import SandboxCLI
import Testing

private func parse(_ words: String...) throws -> LaunchSpec {
    try #require(try RunCommand.parse(words)).launchSpec(current: "/cwd", home: "/home/dev")
}

/// What a verb wrote.
private struct Recorder: CommandOutput {
    var text = ""
    var errors = ""
    mutating func out(_ text: String) { self.text += text }
    mutating func error(_ text: String) { errors += text }
}

private func run(
    _ words: [String], engine: @escaping LaunchEngine = { (_, _) throws(SandboxError) in 0 }
) -> (status: Int32, out: String, errors: String) {
    var verb = RunVerb(output: Recorder(), engine: engine)
    let status = verb.run(words)
    return (status, verb.output.text, verb.output.errors)
}

@Suite("the options of sandbox run")
struct RunCommandTests {
    @Test("options end at the first word that is none")
    func endOfOptions() throws {
        let launch = try parse("--as-root", "--net", "host", "make", "--net", "none", "--", "-x")
        #expect(launch.command == ["make", "--net", "none", "--", "-x"])
        #expect(launch.asRoot && launch.network == .host)
        #expect(try parse("--", "--as-root").command == ["--as-root"])
        #expect(try parse("-q", "--", "--", "x").command == ["--", "x"])
    }

    @Test("paths are made absolute, ~ is the home")
    func paths() throws {
        let launch = try parse("--bind", "a/../b:/c/./d", "--ro-bind=~/x", "--workdir", "sub", "--project", ".", "ls")
        #expect(
            launch.binds == [
                .init(source: "/cwd/b", destination: "/c/d", readOnly: false),
                .init(source: "/home/dev/x", destination: "/home/dev/x", readOnly: true),
            ])
        #expect(launch.workdir == "/cwd/sub" && launch.project == .folder("/cwd"))
    }

    @Test("colons of names are escaped")
    func colons() throws {
        #expect(
            try parse("--bind", #"/a\:b:/c\:d"#, "x").binds == [
                .init(source: "/a:b", destination: "/c:d", readOnly: false)
            ])
        #expect(try parse("--bind", #"/a\b\"#, "x").binds.first?.source == #"/a\b\"#)
    }

    @Test("sizes, limits and variables are read")
    func values() throws {
        let launch = try parse(
            "--tmpfs", "/a:64m", "--tmpfs", "/b", "--rlimit", "nofile=1024:4096", "--rlimit=core=0", "--rlimit",
            "nproc=5:unlimited", "-e", "A=b=c", "--env", "TERM", "--env=E=", "ls")
        #expect(
            launch.memoryFolders == [
                .init(destination: "/a", sizeBytes: 64 << 20), .init(destination: "/b", sizeBytes: nil),
            ])
        #expect(
            launch.rlimits == [
                Spec.Process.RLimit(kind: .noFile, hard: 4096, soft: 1024),
                Spec.Process.RLimit(kind: .core, hard: 0, soft: 0),
                Spec.Process.RLimit(kind: .processes, hard: .max, soft: 5),
            ])
        #expect(
            launch.environment == [.set(name: "A", value: "b=c"), .pass(name: "TERM"), .set(name: "E", value: "")])
    }

    @Test(
        "what is wrong is named, and the status is 125",
        arguments: [
            (["--nope", "ls"], "unknown option \"--nope\""), (["-z"], "unknown option \"-z\""),
            (["--bind"], "--bind needs a value"), (["--bind", "/a:/b:/c", "ls"], "--bind \"/a:/b:/c\""),
            (["--bind", ":/b", "ls"], "--bind \":/b\""),
            (["--bind", "/a:b", "ls"], "\"b\" inside is not an absolute path"),
            (["--bind", "", "ls"], "--bind \"\""), (["--tmpfs", "/a:1x", "ls"], "\"1x\" is not a size"),
            (["--tmpfs", "/a:0", "ls"], "\"0\" is not a size"), (["--tmpfs", "a", "ls"], "not an absolute path"),
            (["--rlimit", "files=1", "ls"], "--rlimit \"files=1\""),
            (["--rlimit", "nofile", "ls"], "--rlimit \"nofile\""),
            (["--rlimit", "nofile=-1", "ls"], "not a limit"), (["--rlimit", "nofile=1:2:3", "ls"], "not a limit"),
            (["--rlimit", "nofile=5:4", "ls"], "above the hard one"),
            (["--rlimit", "core=1", "--rlimit", "core=2", "ls"], "given twice"),
            (["--net", "bridge", "ls"], "--net \"bridge\""),
            (["--project", "/", "--no-project", "ls"], "exclude each other"),
            (["--json", "ls"], "--json belongs to --explain"), (["--profile", "x", "ls"], "--profile \"x\""),
            ([], "no command"),
            (["--ro-bind", "/does/not/exist", "ls"], "--ro-bind \"/does/not/exist\": no such file"),
        ])
    func errors(words: [String], message: String) {
        let result = run(words)
        #expect(result.status == 125 && result.out.isEmpty)
        #expect(result.errors.contains(message) && result.errors.hasPrefix("sandbox: run: "), "\(result.errors)")
        #expect(result.errors.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1)
    }

    @Test("help goes to standard output and names every option", arguments: ["--help", "-h"])
    func help(word: String) {
        let result = run([word])
        #expect(result.status == 0 && result.errors.isEmpty && result.out.hasPrefix("USAGE: sandbox run [options]"))
        for option in [
            "--project", "--no-project", "--rootfs", "--writable", "--bind", "--ro-bind", "--tmpfs", "--allow-secret",
            "--home-tools", "--workdir", "--env", "--hostname", "--rlimit", "--net", "--as-root", "--keep", "--profile",
            "--explain", "--json", "--quiet",
        ] {
            #expect(result.out.contains("\(option) ") || result.out.contains("\(option)\n"), "\(option)")
        }
    }

    @Test("a command's own --help is the command's")
    func commandHelp() throws {
        var words: [String] = []
        let result = run(["--no-project", "ls", "--help"]) { (launch, _) throws(SandboxError) in
            words = launch.spec.process?.args ?? []
            return 7
        }
        #expect(words == ["ls", "--help"] && result.status == 7)
    }

    @Test(
        "the engine's errors become the statuses of env(1)",
        arguments: [(SandboxError.Kind.commandNotFound, Int32(127)), (.notExecutable, 126), (.refused, 125)])
    func statuses(kind: SandboxError.Kind, status: Int32) {
        let result = run(["--no-project", "x"]) { (_, _) throws(SandboxError) in throw SandboxError(kind, "x: cannot") }
        #expect(result.status == status && result.errors.contains("sandbox: run: x: cannot"))
    }

    @Test("--explain runs nothing, and tells of root, paths and walls")
    func explain() {
        let result = run(["--explain", "--no-project", "--", "echo", "a b"]) { (_, _) throws(SandboxError) in
            throw SandboxError(.system, "must not run")
        }
        #expect(result.status == 0 && result.errors.isEmpty)
        #expect(result.out.contains("echo 'a b'"))
        for text in [
            "paths\n", "walls\n", "/proc ", "the kernel's, fresh", "host, read-only", "stands   user namespace",
        ] {
            #expect(result.out.contains(text), "\(text)")
        }
    }

    @Test("--explain --json is the whole spec")
    func explainJSON() throws {
        let result = run(["--explain", "--json", "--no-project", "true"])
        let json = try JSON(parsing: Array(result.out.utf8))
        let spec = try Spec(json: #require(json["spec"]))
        #expect(spec.process?.args == ["true"])
        guard case .array(let walls)? = json["walls"] else {
            Issue.record("no walls")
            return
        }
        #expect(walls.contains { $0["name"] == .string("network") && $0["stands"] == .bool(true) })
    }
}
