import Diagnostics
import ImageStore
import Launcher
import LinuxKernel

extension ImageVerb {
    /// Through skopeo, which speaks with registries: into an OCI layout in the store, and from there as any other.
    mutating func run(_ command: ImageCommand.Pull) throws(SandboxError) {
        let reference = command.reference
        if reference.isEmpty || reference.hasPrefix("-") {
            throw SandboxError(.invalidInput, "pull \"\(reference)\": not an image's name")
        }
        let skopeo = try ForeignTool.find(
            "skopeo", for: "pull", otherwise: "docker save NAME | sandbox image import -")
        let images = try CallersImages()
        let source = ForeignTool.hasTransport(reference) ? reference : "docker://" + reference
        var intake = command.intake
        if intake.name.isEmpty, ForeignTool.hasTransport(reference) {
            throw SandboxError(
                .invalidInput, "pull \"\(reference)\": give the image a name", remedy: "--name NAME")
        }
        if intake.name.isEmpty { intake.name = [reference] }
        for name in intake.name { try ImageName.check(name) }
        let final = intake
        try within("pull \"\(reference)\"") { () throws(SandboxError) in
            try images.store.withTemporaryFolder { (folder) throws(SandboxError) in
                let layout = folder + "/layout"
                let quiet = final.quiet ? ["--quiet"] : []
                try ForeignTool.run(skopeo, ["copy"] + quiet + [source, "oci:\(layout):image"])
                try take(layout, final, images)
            }
        }
    }

    /// Through mmdebstrap, which installs a release's packages into a root filesystem without root.
    mutating func run(_ command: ImageCommand.BuildRootfs) throws(SandboxError) {
        let parts = command.distribution.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["debian", "ubuntu"].contains(parts[0]), !parts[1].hasPrefix("-"),
            parts[1].utf8.allSatisfy({ byte in byte > 0x20 && byte < 0x7F && !"/'\"\\".utf8.contains(byte) })
        else {
            throw SandboxError(
                .invalidInput, "build-rootfs \"\(command.distribution)\": not a release that is known here",
                remedy: "debian:SUITE or ubuntu:SUITE, as in debian:bookworm")
        }
        let tool = try ForeignTool.find(
            "mmdebstrap", for: "build-rootfs", otherwise: "another tool's tar archive goes to: sandbox image import")
        let images = try CallersImages()
        var intake = command.intake
        if intake.name.isEmpty { intake.name = [command.distribution] }
        let final = intake
        var arguments = ["--variant=\(command.variant)"]
        if final.quiet { arguments.append("--quiet") }
        if let packages = command.packages { arguments.append("--include=\(packages)") }
        // Without one, mmdebstrap knows the archive of each release.
        let mirror = command.mirror.map { [$0] } ?? []
        try within("build-rootfs \"\(command.distribution)\"") { () throws(SandboxError) in
            try images.store.withTemporaryFolder { (folder) throws(SandboxError) in
                let archive = folder + "/rootfs.tar"
                try ForeignTool.run(tool, arguments + [parts[1], archive] + mirror)
                try take(archive, final, images)
            }
        }
    }
}

/// Programs of others that `sandbox image` can use when they are installed.
enum ForeignTool {
    /// The program's path as the caller's PATH has it.
    static func find(_ name: String, for verb: String, otherwise: String) throws(SandboxError) -> String {
        let folders = (environmentValue("PATH") ?? "/usr/bin:/bin").split(separator: ":").filter { $0.hasPrefix("/") }
        for folder in folders + ["/usr/sbin", "/sbin"] {
            let path = "\(folder)/\(name)"
            if access(path, X_OK) == 0 { return path }
        }
        throw SandboxError(
            .notFound, "\(verb): \(name) is not installed",
            remedy: "sudo apt-get install \(name); or without it: \(otherwise)")
    }

    /// Skopeo's own way of saying where an image is.
    static func hasTransport(_ reference: String) -> Bool {
        let transports = [
            "docker", "docker-archive", "docker-daemon", "oci", "oci-archive", "dir", "containers-storage", "sif",
            "tarball", "ostree", "atomic",
        ]
        return transports.contains { reference.hasPrefix($0 + ":") }
            && !(reference.hasPrefix("docker:") && !reference.hasPrefix("docker://"))
    }

    /// Runs a program to its end; its words go to standard error.
    static func run(_ path: String, _ arguments: [String]) throws(SandboxError) {
        let words = StringVector([path] + arguments)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // We ignore SIGPIPE, which other programs do not expect.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var pid: pid_t = 0
        let result = posix_spawn(&pid, path, &actions, &attributes, words.pointer, clinux_environ())
        if result != 0 { throw SandboxError(Errno(rawValue: result), "start \(path)") }
        let ended = try attempt("wait for \(path)") { () throws(Errno) in try waitForProcess(pid) }
        guard ended?.status == .exited(0) else {
            let name = path.split(separator: "/").last ?? ""
            throw SandboxError(
                .system, "\(name) failed (status \(ended?.status.exitCode ?? 0)); what it said stands above")
        }
    }
}
