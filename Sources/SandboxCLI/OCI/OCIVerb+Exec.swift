import Cgroups
import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension OCIVerb {
    static let exec = OCIVerb(
        name: "exec", usage: "<container-id> <command> [argument ...]", summary: "run one more process in a container",
        flags: [
            .value("process", "p", placeholder: "FILE", help: "a process.json that says everything"),
            .word("tty", "t", help: "give it a terminal"),
            .value("user", "u", placeholder: "UID[:GID]", help: "the ids it gets"),
            .values("additional-gids", "g", placeholder: "GID", help: "a further group; may be repeated"),
            .values("env", "e", placeholder: "NAME=VALUE", help: "a variable; may be repeated"),
            .value("cwd", placeholder: "DIR", help: "its working directory"),
            .values("cap", "c", placeholder: "CAP_NAME", help: "a further capability; may be repeated"),
            .values("cgroup", placeholder: "[CTRL:]PATH", help: "join this group below the container's"),
            .word("no-new-privs", help: "set no_new_privs"),
            .value("apparmor", placeholder: "PROFILE", help: "its AppArmor profile"),
            .value("process-label", placeholder: "LABEL", help: "its SELinux label"),
            .word("ignore-paused", help: "also in a paused container"),
            .value("console-socket", placeholder: "PATH", help: "unix socket that receives the terminal"),
            .value("pidfd-socket", placeholder: "PATH", help: "unix socket that receives the process's pidfd"),
            .value("pid-file", placeholder: "FILE", help: "file to write the process id to"),
            .value("preserve-fds", placeholder: "N", help: "pass N more descriptors after 0, 1 and 2"),
            .word("detach", "d", help: "return when the command runs"),
        ], launches: true, failureStatus: 255, stopsAtArgument: true
    ) { (context, flags) throws(SandboxError) in
        guard let id = flags.rest.first else {
            throw SandboxError(.invalidInput, "exec: a container's id is needed")
        }
        var options = try options(id, context, flags)
        options.consoleSocket = flags.value("console-socket")
        options.pidfdSocket = flags.value("pidfd-socket")
        options.pidFile = flags.value("pid-file")
        options.detach = flags.has("detach")
        options.ignorePaused = flags.has("ignore-paused")
        let groups = flags.all("cgroup")
        if !groups.isEmpty { options.cgroupsBelow = try CgroupsBelow(groups) }
        options.preservedDescriptors = CInt(try flags.number("preserve-fds", in: 0...65536) ?? 0)
        return try context.engine.exec(id, options)
    }

    private static func options(
        _ id: String, _ context: OCIContext, _ flags: ParsedFlags
    ) throws(SandboxError) -> ExecOptions {
        if let file = flags.value("process") {
            let bytes = try attempt("open \(file)") { () throws(Errno) in try readFile(file) }
            return ExecOptions(
                process: try within(file) { () throws(SandboxError) in try Spec.Process(decoding: bytes) })
        }
        guard flags.rest.count > 1 else {
            throw SandboxError(.invalidInput, "exec: a command is needed, or --process FILE")
        }
        let specification = try context.engine.specification(of: id)
        guard var process = specification.process else {
            throw SandboxError(.invalidInput, "the container's bundle has no process to take settings from")
        }
        process.args = Array(flags.rest.dropFirst())
        process.terminal = flags.has("tty")
        process.env = (process.env ?? []) + flags.all("env")
        if let folder = flags.value("cwd") { process.cwd = folder }
        if let label = flags.value("process-label") { process.selinuxLabel = label }
        if let profile = flags.value("apparmor") { process.apparmorProfile = profile }
        if flags.has("no-new-privs") { process.noNewPrivileges = true }
        try setUser(&process, flags)
        addCapabilities(&process, flags.all("cap"))
        var options = ExecOptions(process: process)
        options.specification = specification
        return options
    }

    private static func setUser(_ process: inout Spec.Process, _ flags: ParsedFlags) throws(SandboxError) {
        if let text = flags.value("user") {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let uid = UInt32(parts[0]), parts.count == 1 || UInt32(parts[1]) != nil else {
                throw SandboxError(.invalidInput, "--user: \"\(text)\" is not UID or UID:GID, in numbers")
            }
            process.user.uid = uid
            if parts.count > 1, let gid = UInt32(parts[1]) { process.user.gid = gid }
        }
        for text in flags.all("additional-gids") {
            guard let gid = UInt32(text) else {
                throw SandboxError(.invalidInput, "--additional-gids: \"\(text)\" is no group id")
            }
            process.user.additionalGids = (process.user.additionalGids ?? []) + [gid]
        }
    }

    /// As the reference runtime: into the bounding, effective and permitted sets, and into the ambient one where the
    /// bundle says what is inheritable, for nothing else can be ambient.
    private static func addCapabilities(_ process: inout Spec.Process, _ names: [String]) {
        guard !names.isEmpty else { return }
        var sets = process.capabilities ?? Spec.Process.Capabilities()
        sets.bounding = (sets.bounding ?? []) + names
        sets.effective = (sets.effective ?? []) + names
        sets.permitted = (sets.permitted ?? []) + names
        if sets.inheritable != nil { sets.ambient = (sets.ambient ?? []) + names }
        process.capabilities = sets
    }
}
