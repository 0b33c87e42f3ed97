import ContainerRuntime
import Diagnostics
import LinuxKernel

extension OCIVerb {
    static let checkpoint = OCIVerb(
        name: "checkpoint", usage: "<container-id>", summary: "write a running container's processes to files",
        flags: commonFlags + [
            .value("parent-path", placeholder: "DIR", help: "images of an earlier pre-dump, relative to the new ones"),
            .word("leave-running", help: "let the container go on"),
            .word("tcp-skip-in-flight", help: "pass over TCP connections that are being made"),
            .word("link-remap", help: "link unlinked files back where that is possible"),
            .value("status-fd", placeholder: "N", help: "write a zero byte there when lazy pages can be asked for"),
            .value("page-server", placeholder: "ADDR:PORT", help: "the page server to send memory to"),
            .word("pre-dump", help: "write the memory alone, and let the container go on"),
        ]
    ) { (context, flags) throws(SandboxError) in
        let id = try onlyArgument(flags, "checkpoint")
        var options = try commonOptions(flags)
        options.parentPath = nonEmpty(flags.value("parent-path"))
        options.leavesRunning = flags.has("leave-running")
        options.tcpSkipInFlight = flags.has("tcp-skip-in-flight")
        options.linkRemap = flags.has("link-remap")
        options.preDump = flags.has("pre-dump")
        options.pageServer = try nonEmpty(flags.value("page-server")).map { (text) throws(SandboxError) in
            try pageServer(text)
        }
        if let number = try flags.number("status-fd", in: -1...65535), number >= 0 {
            options.statusDescriptor = try writable(CInt(number))
        }
        try context.engine.checkpoint(id, options)
        return 0
    }

    static let restore = OCIVerb(
        name: "restore", usage: "<container-id>", summary: "make a container again from what checkpoint has written",
        flags: commonFlags + [
            .value("bundle", "b", placeholder: "DIR", help: "the bundle; the working directory by default"),
            .value("console-socket", placeholder: "PATH", help: "unix socket that receives the terminal"),
            .value("pid-file", placeholder: "FILE", help: "file to write the init's process id to"),
            .word("detach", "d", help: "return when the container runs"),
            .word("no-subreaper", help: "do not take over orphans of the container"),
            .word("no-pivot", help: "accepted: criu changes the root in its own way"),
            .value("lsm-profile", placeholder: "TYPE:NAME", help: "security profile for the restored processes"),
            .value("lsm-mount-context", placeholder: "CONTEXT", help: "SELinux context for the restored mounts"),
        ], launches: true
    ) { (context, flags) throws(SandboxError) in
        let id = try onlyArgument(flags, "restore")
        var options = try commonOptions(flags)
        options.lsmProfile = nonEmpty(flags.value("lsm-profile"))
        options.lsmMountContext = nonEmpty(flags.value("lsm-mount-context"))
        var launch = EngineOptions()
        launch.bundle = flags.value("bundle") ?? ""
        launch.consoleSocket = flags.value("console-socket")
        launch.pidFile = flags.value("pid-file")
        launch.detach = flags.has("detach")
        launch.becomesSubreaper = !flags.has("no-subreaper")
        return try context.engine.restore(id, options, launch)
    }

    /// What both take, since criu has to be told the same twice.
    private static let commonFlags: [OCIFlag] = [
        .value("image-path", placeholder: "DIR", help: "folder of the images: ./checkpoint by default"),
        .value("work-path", placeholder: "DIR", help: "folder of criu's log: the images' by default"),
        .word("tcp-established", help: "with open TCP connections"),
        .word("ext-unix-sk", help: "with unix sockets whose other end is outside"),
        .word("shell-job", help: "with a terminal or session that is not its own"),
        .word("file-locks", help: "with locked files"),
        .word("lazy-pages", help: "memory follows later, by userfaultfd(2)"),
        .word("auto-dedup", help: "take memory out of earlier images that later ones have"),
        .value("manage-cgroups-mode", placeholder: "MODE", help: "criu and cgroups: soft, full, strict or ignore"),
        .values("empty-ns", placeholder: "NAMESPACE", help: "restore it without its content; network is always so"),
    ]

    private static func commonOptions(_ flags: ParsedFlags) throws(SandboxError) -> CheckpointOptions {
        let here = try attempt("name the working directory") { () throws(Errno) in try workingDirectory() }
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : here == "/" ? "/" + path : here + "/" + path
        }
        var options = CheckpointOptions(imagePath: absolute(nonEmpty(flags.value("image-path")) ?? "checkpoint"))
        options.workPath = nonEmpty(flags.value("work-path")).map(absolute)
        options.tcpEstablished = flags.has("tcp-established")
        options.externalSockets = flags.has("ext-unix-sk")
        options.shellJob = flags.has("shell-job")
        options.fileLocks = flags.has("file-locks")
        options.lazyPages = flags.has("lazy-pages")
        options.autoDedup = flags.has("auto-dedup")
        if let name = nonEmpty(flags.value("manage-cgroups-mode")) {
            guard let mode = CheckpointOptions.CgroupsMode(rawValue: name) else {
                throw SandboxError(
                    .invalidInput, "--manage-cgroups-mode: \"\(name)\" is none of soft, full, strict and ignore")
            }
            options.cgroupsMode = mode
        }
        for name in flags.all("empty-ns") where name != "network" {
            throw SandboxError(.invalidInput, "--empty-ns: namespace \"\(name)\" is not supported, only network is")
        }
        return options
    }

    private static func nonEmpty(_ text: String?) -> String? { text == "" ? nil : text }

    /// `ADDRESS:PORT`; an IPv6 address is in brackets.
    private static func pageServer(_ text: String) throws(SandboxError) -> CheckpointOptions.PageServer {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            throw SandboxError(.invalidInput, "--page-server: \"\(text)\" is no ADDRESS:PORT")
        }
        var address = text[..<colon]
        if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
        if address.isEmpty { throw SandboxError(.invalidInput, "--page-server: \"\(text)\" lacks the address") }
        return CheckpointOptions.PageServer(address: String(address), port: port)
    }

    private static func writable(_ number: CInt) throws(SandboxError) -> CInt {
        let mode: Int
        do { mode = try syscallRetrying(Int(SYS_fcntl), Int(number), Int(F_GETFL)) & Int(O_ACCMODE) } catch {
            throw SandboxError(error, "invalid --status-fd argument \(number)", kind: .invalidInput)
        }
        guard mode == Int(O_WRONLY) || mode == Int(O_RDWR) else {
            throw SandboxError(.invalidInput, "invalid --status-fd argument \(number): not writable")
        }
        return number
    }
}
