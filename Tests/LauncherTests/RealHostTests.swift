import ContainerPlan
import Launcher
import LinuxKernel
import RuntimeSpec
import Testing

/// A new folder that is removed with all it holds.
private func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    var template = Array("/tmp/launcher-test-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { _ = try? runProgram("/bin/rm", ["-rf", path]) }  // a leftover in /tmp is no failure of the test
    return try body(path)
}

@Suite("this machine")
struct RealHostTests {
    @Test("a program's powers are seen")
    func privilege() throws {
        let files = KernelFiles()
        #expect(files.privilege(of: "/bin/sh") == ExecutablePrivilege.none)
        #expect(files.privilege(of: "/etc/passwd") == nil)
        #expect(files.privilege(of: "/no/such/program") == nil)
        try withFolder { folder in
            let program = folder + "/program"
            close(open(program, O_CREAT | O_WRONLY, 0o755))
            chmod(program, 0o4755)
            let expected: ExecutablePrivilege =
                geteuid() != 0 ? .none : try isOnNoSuidMount(folder) ? .onNoSuidMount : .setuidRoot
            #expect(files.privilege(of: program) == expected)
        }
    }

    @Test("links, sockets and missing files are told apart")
    func kinds() throws {
        try withFolder { folder in
            let files = KernelFiles()
            symlink("nowhere", folder + "/dangling")
            symlink(folder, folder + "/self")
            #expect(files.kind(folder + "/dangling") == .symbolicLink)
            #expect(files.canonical(folder + "/dangling") == nil)
            #expect(files.kindFollowingLinks(folder + "/self/self") == .directory)
            #expect(files.names(in: folder) == ["dangling", "self"] && files.names(in: folder + "/x") == nil)
            #expect(files.kind("/dev/null") == .device && files.kind("a\0b") == nil)
        }
    }

    @Test("preparing makes what is missing, for the caller alone, and leaves the rest")
    func prepare() throws {
        try withFolder { folder in
            try makeDirectory(folder + "/old", mode: 0o755)
            var launch = try decide()
            launch.prepare = [folder + "/old/new/deep", folder + "/old"]
            launch.watch = [folder + "/old/new/deep", folder + "/absent"]
            try launch.prepareHost()
            try launch.prepareHost()
            #expect(try fileStatus(folder + "/old/new/deep").st_mode & 0o777 == 0o700)
            #expect(try fileStatus(folder + "/old").st_mode & 0o777 == 0o755)
            #expect(launch.appeared(files: KernelFiles()) == [folder + "/old/new/deep"])
        }
    }

    @Test("a program that writes too much, fails or is missing is an error and no hang")
    func programs() throws {
        #expect(throws: Errno.fileTooLarge) { try runProgram("/usr/bin/yes", [], limit: 100_000) }
        #expect(throws: Errno.noSuchFileOrDirectory) { try runProgram("/no/such/program", []) }
        let output = try runProgram("/bin/sh", ["-c", "echo out; echo err >&2; cat; exit 3"])
        #expect(output.status == .exited(3) && output.bytes == Array("out\n".utf8))
    }

    @Test("the kernel's release and calls are those of this kernel")
    func kernel() throws {
        #expect(try kernelRelease() + "\n" == readText("/proc/sys/kernel/osrelease"))
        let version = kernelRelease().split(separator: ".").prefix(2).compactMap { Int($0) }
        // A filter may refuse a call that the kernel has; a call that it lacks is never found.
        if version.lexicographicallyPrecedes([5, 13]) { #expect(landlockVersion() == 0) }
        if version.lexicographicallyPrecedes([5, 12]) { #expect(!systemCallExists(.mountSetAttributes)) }
        var opens = true
        do { _ = try openProcess(getpid()) } catch { opens = false }
        #expect(systemCallExists(.openProcess) == opens)
    }

    @Test("a whole launch can be decided for this very process")
    func realLaunch() throws {
        let request = LaunchSpec(command: ["true"])
        let caller = LaunchHost.Caller.current()
        let host = try LaunchHost.read(for: request, caller: caller, files: KernelFiles())
        let launch = try makeSpec(request, host: host)
        let maps = try #require(launch.spec.linux?.uidMappings)
        #expect(maps.contains { $0.containerID == geteuid() && $0.hostID == geteuid() })
        let mounts = launch.spec.mounts ?? []
        for mount in mounts where mount.type == "bind" {
            let source = mount.source ?? ""
            let isMade = launch.prepare.contains(source) || launch.placeholders.contains { $0.path == source }
            #expect(fileExists(source) || isMade, "\(mount.destination)")
        }
        #expect(
            mounts.contains { $0.destination == "/usr" && $0.options?.contains { $0 == "rro" || $0 == "ro" } == true })
    }
}
