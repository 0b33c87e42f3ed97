import Diagnostics
import FoundationEssentials
import Testing

@testable import Launcher
@testable import SandboxCLI

@Suite("project file") struct ProjectFileTests {
    private func configuration(_ text: String) throws -> ProjectConfiguration {
        ProjectConfiguration(
            file: try ProjectFile(Array(text.utf8), path: "/src/p/sandbox.toml"), home: "/home/you")
    }

    private func run(_ text: String, _ words: [String]) throws -> RunCommand {
        let command = try #require(try RunCommand.parse(words))
        return try configuration(text).run(words, command: command)
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("options of the command line win over the file's, and add to its lists")
    func precedence() throws {
        let text = """
            net = "host"
            memory = "1g"
            cpus = 1.5
            as-root = true
            home-tools = false
            ro-bind = ["shared", "~/x:/y", "/abs"]
            workdir = "sub"
            [env]
            A = "file"
            B = 2
            """
        let plain = try run(text, ["make"])
        #expect(plain.net == "host" && plain.asRoot && !plain.homeTools)
        #expect(plain.roBind == ["/src/p/shared", "/home/you/x:/y", "/abs"])
        #expect(plain.workdir == "/src/p/sub" && plain.env == ["A=file", "B=2"])
        #expect(plain.command == ["make"] && plain.configuration == "/src/p/sandbox.toml")
        let other = try run(text, ["--net", "none", "-e", "A=cli", "--ro-bind", "z", "-w", "here", "make", "--net"])
        #expect(other.net == "none" && other.env == ["B=2", "A=cli"] && other.workdir == "here")
        #expect(other.roBind.last == "z" && other.command == ["make", "--net"])
    }

    @Test("named commands bring their own options and take more words")
    func commands() throws {
        let text = """
            net = "none"
            [command.test]
            run = ["npm", "test"]
            net = "host"
            [command.lint]
            run = "eslint . | head"
            description = "look at the style"
            """
        let test = try run(text, [":test", "--", "x"])
        #expect(test.command == ["npm", "test", "--", "x"] && test.net == "host" && test.workdir == "/src/p")
        #expect(try run(text, [":lint", "a b"]).command == ["/bin/sh", "-c", "eslint . | head", "sh", "a b"])
        #expect(try run(text, ["--net", "none", ":test"]).net == "none")
        #expect(message { _ = try run(text, [":tst"]) }.contains("did you mean test?"))
    }

    @Test("a build has the file's command and options")
    func build() throws {
        let text = "memory = '1g'\n[build]\nrun = 'make'\nfetch = 'get'\non-success = true\n"
        let command = try configuration(text).build([], command: BuildCommand())
        #expect(command.run.command == ["/bin/sh", "-c", "make", "sh"] && command.fetch == "get" && command.onSuccess)
        let words = ["--fetch", "other", "cc"]
        let given = try #require(try BuildCommand.parse(words))
        let other = try configuration(text).build(words, command: given)
        #expect(other.run.command == ["cc"] && other.fetch == "other")
    }

    @Test(
        "what a file cannot say is an error with its place",
        arguments: [
            ("memroy = '1g'", "/src/p/sandbox.toml:1:1: unknown key \"memroy\" (hint: did you mean \"memory\"?)"),
            ("\n[command.x]\nrun = 'a'\n  nett = 'host'", ":4:3: unknown key \"nett\""),
            ("[commands.x]\nrun = 'a'", ":1:2: unknown key \"commands\" (hint: did you mean \"command\"?)"),
            ("project = '/'", "unknown key \"project\""), ("explain = true", "unknown key \"explain\""),
            ("net = true", ":1:7: net is true or false, not a string or a number"),
            ("as-root = 1", ":1:11: as-root is a number, not true or false"), ("env = [true]", "an array of strings"),
            ("net = ['a']", "net is an array"), ("[command.x]", "has no run"), ("[command.x]\nrun = 1", ":2:7: run is"),
            ("command = 1", "not a table"), ("[shell.x]\nrun = 'a'", "unknown key \"run\""),
            ("net =", ":1:6: expected a value"), ("\n memory = 'abc'", ":2:11: memory \"abc\": not a size"),
            ("[command]\nrun = 'a'", ":2:1: \"run\" stands in no command"),
            ("[command.x]\nrnu = 'a'", ":2:1: unknown key \"rnu\": did you mean \"run\"?"),
            ("[build]\nrum = 'a'", ":2:1: unknown key \"rum\" (hint: did you mean \"run\"?)"),
            ("[command.x]\nrun = 'a'\nhide = ['a', '/']", ":3:8: hide \"/\""),
            ("[shell.x]\npublish = ['q']", ":2:11: publish \"q\""), ("cap-add = ['FOO']", ":1:11: cap-add[0]"),
            ("quota = 'z'", ":1:9: quota \"z\""),
        ])
    func errors(_ text: String, _ expected: String) throws {
        let text = message { try checkProjectFile(Array(text.utf8), path: "/src/p/sandbox.toml") }
        #expect(text.contains(expected), "\(text)")
    }

    @Test("a value that only the host refuses is told with its place, unless it was given beside the file")
    func located() throws {
        let text = "keep = 'k'\nimage = 'none'\nbind = ['/a', '/b']\n"
        func told(_ message: String, _ words: [String] = ["x"]) throws -> String {
            try run(text, words).located(SandboxError(.notFound, message)).message
        }
        #expect(try told("--bind \"/b\": no such file") == "/src/p/sandbox.toml:3:8: bind \"/b\": no such file")
        #expect(try told("--bind \"/c\": no such file", ["--bind", "/c", "x"]) == "--bind \"/c\": no such file")
        #expect(try told("no image \"none\"") == "/src/p/sandbox.toml:2:9: no image \"none\"")
        #expect(try told("--net \"q\": none") == "--net \"q\": none")
        #expect(try told("clone: refused") == "clone: refused")
    }

    @Test("a shell's options stand over the common ones")
    func shell() throws {
        let file = try configuration("net = 'none'\n[shell.node]\nnet = 'host'\nas-root = true\n")
        #expect(try file.shell("node").net == "host")
        #expect(try file.shell("default").net == "none")
    }

    @Test("what init writes can be read", arguments: [[]] + ProjectTemplate.kinds.map { [$0.file] })
    func template(_ names: [String]) throws {
        let text = ProjectTemplate(names: Set(names)).text
        try checkProjectFile(Array(text.utf8), path: "/sandbox.toml")
        // So can what is commented out: the next thing that a reader does.
        let all = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
        }.joined(separator: "\n")
        try checkProjectFile(Array(all.utf8), path: "/sandbox.toml")
        for name in names { #expect(text.contains("Fitted to \(name)")) }
    }

    @Test("the published schema is that of the options (sandbox init --schema)")
    func schema() throws {
        let place = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/sandbox.schema.json")
        let published = String(decoding: try Data(contentsOf: place), as: UTF8.self)
        #expect(published == ProjectSchema.text, "write it anew: sandbox init --schema >docs/sandbox.schema.json")
    }
}
