import ContainerRuntime
import Diagnostics
import LinuxKernel

extension OCIVerb {
    private static let launchFlags: [OCIFlag] = [
        .value("bundle", "b", placeholder: "DIR", help: "the bundle; the working directory by default"),
        .value("console-socket", placeholder: "PATH", help: "unix socket that receives the terminal"),
        .value("pidfd-socket", placeholder: "PATH", help: "unix socket that receives the init's pidfd"),
        .value("pid-file", placeholder: "FILE", help: "file to write the init's process id to"),
        .word("no-pivot", help: "change the root without pivot_root"),
        .word("no-new-keyring", help: "keep the caller's session keyring"),
        .value("preserve-fds", placeholder: "N", help: "pass N more descriptors after 0, 1 and 2 to the command"),
    ]

    static let create = OCIVerb(
        name: "create", usage: "<container-id>", summary: "create a container", flags: launchFlags, launches: true
    ) { (context, flags) throws(SandboxError) in
        let id = try onlyArgument(flags, "create")
        var options = try engineOptions(flags)
        options.detach = true
        _ = try context.engine.create(id, options, gated: true)
        return 0
    }

    static let run = OCIVerb(
        name: "run", usage: "<container-id>", summary: "create and start a container",
        flags: launchFlags + [
            .word("detach", "d", help: "return when the command runs"),
            .word("keep", help: "do not delete the container when it ends"),
            .word("no-subreaper", help: "do not take over orphans of the container"),
        ], launches: true
    ) { (context, flags) throws(SandboxError) in
        let id = try onlyArgument(flags, "run")
        var options = try engineOptions(flags)
        options.detach = flags.has("detach")
        options.keep = flags.has("keep")
        options.becomesSubreaper = !flags.has("no-subreaper")
        return try context.engine.run(id, options)
    }

    private static func engineOptions(_ flags: ParsedFlags) throws(SandboxError) -> EngineOptions {
        var options = EngineOptions()
        options.bundle = flags.value("bundle") ?? ""
        options.consoleSocket = flags.value("console-socket")
        options.pidfdSocket = flags.value("pidfd-socket")
        options.pidFile = flags.value("pid-file")
        options.pivots = !flags.has("no-pivot")
        options.newKeyring = !flags.has("no-new-keyring")
        options.preservedDescriptors = CInt(try flags.number("preserve-fds", in: 0...65536) ?? 0)
        try takeListeners(&options)
        try requireOpen(options.preservedDescriptors)
        return options
    }

    /// Sockets from a service manager, when they are meant for this process (sd_listen_fds(3)): they come first.
    private static func takeListeners(_ options: inout EngineOptions) throws(SandboxError) {
        guard let pid = environmentValue("LISTEN_PID"), pid == "\(getpid())", let text = environmentValue("LISTEN_FDS")
        else { return }
        guard let count = CInt(text), (0...65536).contains(count) else {
            throw SandboxError(.invalidInput, "LISTEN_FDS: \"\(text)\" is no number of descriptors")
        }
        options.listenDescriptors = count
        options.listenNames = environmentValue("LISTEN_FDNAMES")
        options.preservedDescriptors += count
    }

    private static func requireOpen(_ count: CInt) throws(SandboxError) {
        for number in 3..<(3 + count) where clinux_syscall(Int(SYS_fcntl), Int(number), Int(F_GETFD), 0, 0, 0, 0) < 0 {
            throw SandboxError(.invalidInput, "--preserve-fds: descriptor \(number) is not open")
        }
    }

    /// The one container id that a verb takes.
    static func onlyArgument(_ flags: ParsedFlags, _ verb: String) throws(SandboxError) -> String {
        guard flags.rest.count == 1 else {
            throw SandboxError(
                .invalidInput,
                "\(verb): exactly 1 argument is needed, the container's id; \(flags.rest.count) are given",
                remedy: "see: \(verb) --help")
        }
        return flags.rest[0]
    }
}
