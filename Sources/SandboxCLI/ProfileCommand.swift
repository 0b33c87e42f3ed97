import ArgumentParser

/// The options of `sandbox profile`.
struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox profile",
        abstract: "Look at the profiles of system calls, capabilities and kernel files.",
        subcommands: [
            List.self, Show.self, Difference.self, Check.self, Compile.self, Explain.self, Export.self, Record.self,
        ])

    /// Listed here, and read by `RecordCommand`: its options are those of `sandbox run`.
    struct Record: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "record",
            abstract: "Run a command, and write the smallest profile that covers what it did.",
            usage: RecordCommand.usage, discussion: "Its options: sandbox profile record --help")
        @Argument(parsing: .allUnrecognized, help: "Options, and the command.") var words: [String] = []
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Name the profiles there are.")
        @Flag(name: .long, help: "Print JSON.") var json = false
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print a profile with everything it extends.")
        @Argument(help: "A name, or a file's path with a slash in it.") var name: String
        @Flag(name: .long, help: "Print the seccomp object of OCI, Docker and Kubernetes instead.") var oci = false
        @Flag(name: .long, help: "Print JSON.") var json = false
    }

    struct Difference: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff", abstract: "Say what differs between two profiles.")
        @Argument(help: "A name or file.") var first: String
        @Argument(help: "Another.") var second: String
        @Flag(name: .long, help: "Print JSON.") var json = false
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Say whether a profile's file is right.")
        @Argument(help: "The file.") var file: String
        @Flag(name: .long, help: "Print JSON.") var json = false
    }

    struct Compile: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "compile", abstract: "Write a profile's filter as classic BPF, as bwrap --seccomp takes it.")
        @Argument(help: "A name or file.") var name: String
        @Option(name: [.customShort("o"), .long], help: "Where to write it.") var output: String
        @Option(name: .long, help: "For another machine than this one: x86_64, aarch64, riscv64 …") var arch: String?
        @Flag(name: .long, help: "Print JSON.") var json = false
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Write a profile's filter as JSON for engines, and say how they take it.")
        @Argument(help: "A name or file.") var name: String
        @Option(name: .customLong("for"), help: "Who reads it: oci, docker or kubernetes.") var reader = "oci"
        @Option(name: [.customShort("o"), .long], help: "Where to write it; otherwise to standard output.")
        var output: String?
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain", abstract: "Say what a profile does with a system call, and which rule decides.")
        @Argument(help: "A name or file.") var name: String
        @Argument(help: "The system call.") var call: String
        @Flag(name: .long, help: "Print JSON.") var json = false
    }
}
