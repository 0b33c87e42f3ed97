import ArgumentParser

/// The options of `sandbox image`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Bring in, look at, hand out and remove images, as an ordinary user.",
        subcommands: [
            Import.self, Pull.self, BuildRootfs.self, List.self, Inspect.self, Export.self, Bundle.self, Remove.self,
            Prune.self,
        ])

    /// What every way of bringing an image in understands.
    struct Intake: ParsableArguments {
        @Option(
            name: .long,
            help: ArgumentHelp(
                "Call the image so; may be repeated. Otherwise as its archive calls it.", valueName: "name"))
        var name: [String] = []
        @Flag(name: .long, help: "Take a name away from the image that has it.") var replace = false
        @Option(
            name: .long,
            help: ArgumentHelp("Refuse an image that unpacks to more (512m, 64g).", valueName: "size"))
        var maxSize = "32g"
        @Option(
            name: .long,
            help: ArgumentHelp("Refuse an image with more files and headers.", valueName: "number"))
        var maxEntries = 1_000_000
        @Flag(name: [.long, .customShort("q")], help: "Print no progress and no notes.") var quiet = false
        @Flag(name: .long, help: "Print JSON.") var json = false
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Bring in an OCI layout, a docker archive or the tar archive of a root filesystem.")
        @Argument(
            help: "A folder or an archive, also compressed by gzip or zstd; - reads standard input.",
            completion: .file())
        var file: String
        @Option(
            name: .long, help: ArgumentHelp("Which of several images of one archive.", valueName: "name"))
        var select: String?
        @OptionGroup var intake: Intake
    }

    struct Pull: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pull", abstract: "Bring in an image from a registry, through skopeo.")
        @Argument(help: "As in docker pull; or a transport of skopeo's: docker-daemon:…, oci:…")
        var reference: String
        @OptionGroup var intake: Intake
    }

    struct BuildRootfs: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "build-rootfs", abstract: "Make an image of a Debian or Ubuntu release, through mmdebstrap.")
        @Argument(help: "debian:SUITE or ubuntu:SUITE, as in debian:bookworm.") var distribution: String
        @Option(
            name: .long, help: ArgumentHelp("Install these packages as well, separated by commas.", valueName: "names"))
        var packages: String?
        @Option(
            name: .long,
            help: ArgumentHelp("How much to install: minbase, apt, essential, standard …", valueName: "name"))
        var variant = "minbase"
        @Option(name: .long, help: ArgumentHelp("The archive to take packages from.", valueName: "url"))
        var mirror: String?
        @OptionGroup var intake: Intake
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Show the images there are.")
        @Flag(name: .long, help: "Print JSON.") var json = false
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect", abstract: "Show all that is known of an image, as JSON.")
        @Argument(help: "A name or an id.") var image: String
        @Flag(name: .long, help: "Print JSON, as it does anyway.") var json = false
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Write an image as an archive that other tools load.")
        @Argument(help: "A name or an id.") var image: String
        @Option(
            name: [.customShort("o"), .long],
            help: ArgumentHelp("The file to write; - is standard output.", valueName: "file"), completion: .file())
        var output = "-"
        @Option(
            name: .long,
            help: ArgumentHelp(
                "oci (an OCI layout as a tar archive), oci-dir (as a folder) or docker (as docker load reads it).",
                valueName: "form"))
        var format = "oci"
        @Flag(name: .long, help: "Every name that the image has, not only the one it is called by here.")
        var allNames = false
        @Flag(name: [.long, .customShort("q")], help: "Print no progress.") var quiet = false
        @Flag(name: .long, help: "Print what was written as JSON; not where the archive goes to standard output.")
        var json = false
    }

    struct Bundle: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "bundle", abstract: "Write an image as an OCI bundle that any runtime runs.")
        @Argument(help: "A name or an id.") var image: String
        @Argument(help: "The folder to make.", completion: .directory) var folder: String
        @Flag(name: .long, help: "Print JSON.") var json = false
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Take names away; an image without a name left is removed.")
        @Argument(help: "Names or ids.") var images: [String]
        @Flag(name: .long, help: "Print JSON.") var json = false
    }

    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prune",
            abstract: "Remove images without a name, unused layers and what killed imports have left.")
        @Flag(name: .long, help: "Remove images with a name too.") var all = false
        @Flag(name: .long, help: "Print JSON.") var json = false
    }
}
