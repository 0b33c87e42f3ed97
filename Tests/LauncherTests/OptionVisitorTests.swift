import Diagnostics
import SandboxCLI
import Testing

/// Options of each kind.
private struct Sample: CommandOptions {
    var one: String?
    var two = "unset"
    var many: [String] = []
    var loud = false

    static let usage = "sandbox sample [options] <word>"

    mutating func visit(_ options: inout OptionVisitor) {
        options.value("--one", short: "-o", &one, "dir", "The first.")
        options.value("--two", &two, "name", "The second.")
        options.heading("More")
        options.values("--many", short: "-m", &many, "x", "Any number of them.")
        options.flag("--loud", short: "-l", &loud, "Be loud.")
    }
}

private func read(_ words: String...) throws -> (Sample, ParsedWords) {
    var sample = Sample()
    let parsed = try sample.parse(words)
    return (sample, parsed)
}

@Suite("options that are visited")
struct OptionVisitorTests {
    @Test("a value stands in the same word or the next, under either name")
    func values() throws {
        let (sample, parsed) = try read("--one=a=b", "-m", "-x", "--many", "", "-m=z", "--two", "t", "-l", "go", "-o")
        #expect(sample.one == "a=b" && sample.two == "t" && sample.many == ["-x", "", "z"] && sample.loud)
        #expect(parsed == ParsedWords(rest: ["go", "-o"]))
    }

    @Test("the last of two values holds, defaults stay")
    func repeated() throws {
        let (sample, _) = try read("--one", "a", "--one=b")
        #expect(sample.one == "b" && sample.two == "unset" && sample.many.isEmpty && !sample.loud)
    }

    @Test("-- ends the options, and a lone - is a word")
    func ends() throws {
        #expect(try read("-l", "--", "-l", "--").1.rest == ["-l", "--"])
        #expect(try read("-", "-l").1.rest == ["-", "-l"])
        #expect(try read().1 == ParsedWords())
    }

    @Test("help is asked for among the options only")
    func help() throws {
        #expect(try read("-l", "--help", "x").1.wantsHelp)
        #expect(try read("-h").1.wantsHelp)
        #expect(try !read("x", "--help").1.wantsHelp)
        #expect(try read("--one", "--help").0.one == "--help")
    }

    @Test(
        "what is wrong names the option and the mend",
        arguments: [
            (["--on", "x"], "unknown option \"--on\" (hint: did you mean --one?)"),
            (["--on=x"], "unknown option \"--on\" (hint: did you mean --one?)"),
            (["--quite-other"], "sandbox sample --help lists the options; a command that starts with - goes after --"),
            (["-ox"], "unknown option \"-ox\""), (["--one"], "--one needs a value: --one <dir>"),
            (["--one", "--", "x"], "--one needs a value"), (["--loud=yes"], "--loud takes no value"),
            (["-"], ""),
        ])
    func errors(words: [String], message: String) {
        var sample = Sample()
        do throws(SandboxError) {
            let parsed = try sample.parse(words)
            #expect(message.isEmpty && parsed.rest == words, "\(words) was taken as \(sample)")
        } catch {
            #expect(error.kind == .invalidInput && !message.isEmpty)
            #expect(error.description.contains(message), "\(error)")
        }
    }

    @Test("help is wrapped beside the names, under headings")
    func helpText() {
        let lines = Sample().helpText.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines == [
                "USAGE: sandbox sample [options] <word>", "", "OPTIONS:", "  -o, --one <dir>         The first.",
                "  --two <name>            The second.", "", "MORE:", "  -m, --many <x>          Any number of them.",
                "  -l, --loud              Be loud.", "",
            ])
        #expect(RunCommand().helpText.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}

@Suite("names that are nearly right")
struct NearestNameTests {
    @Test(
        "two letters are forgiven, three are not",
        arguments: [
            ("memroy", "memory"), ("pid", "pids"), ("cpuss", "cpus"), ("m", nil), ("memoryxyz", nil),
            ("memory", "memory"),
        ] as [(String, String?)])
    func near(word: String, expected: String?) {
        #expect(nearestName(to: word, among: ["memory", "pids", "cpus"]) == expected)
    }
}
