import Diagnostics
import LinuxKernel

/// A mounted FUSE file system that nobody serves yet.
final class OverlayMount: Sendable {
    let device: CInt
    private let mountPoint: String
    private let usesHelper: Bool

    /// Mounts by itself where the process may, else through fusermount3.
    init(_ arguments: OverlayArguments) throws(SandboxError) {
        let path = realPath(arguments.mountPoint)
        mountPoint = path
        let opened = try attempt("open /dev/fuse") { () throws(Errno) in try openPath("/dev/fuse", O_RDWR) }
        do throws(Errno) {
            try mountDirectly(opened.raw, path, arguments)
            device = opened.release()
            usesHelper = false
        } catch .notPermitted {
            device = try mountThroughHelper(path, arguments)
            usesHelper = true
        } catch {
            throw SandboxError(error, "mount at \"\(path)\"")
        }
    }

    func unmount() {
        if usesHelper {
            _ = try? spawn(["fusermount3", "-u", "-z", "--", mountPoint], environment: [])
        } else {
            _ = umount2(mountPoint, CInt(MNT_DETACH))
        }
    }

    /// Holds SIGTERM, SIGINT and SIGHUP back until `unmountOnSignals`: one that comes when the mount has just appeared
    /// must not end the process before it can unmount.
    static func holdSignals() {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Unmounts on SIGTERM, SIGINT and SIGHUP, which ends the server in order.
    func unmountOnSignals() {
        OverlayMount.holdSignals()
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self)
        if pthread_create(&thread, nil, waitForSignals, argument.toOpaque()) != 0 { argument.release() }
    }
}

private func waitForSignals(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let mount = Unmanaged<OverlayMount>.fromOpaque(argument).takeRetainedValue()
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
    var number: CInt = 0
    while true {
        if sigwait(&set, &number) == 0 { mount.unmount() }
    }
}

private func realPath(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}

private func mountDirectly(_ device: CInt, _ path: String, _ arguments: OverlayArguments) throws(Errno) {
    var flags = UInt(MS_NOSUID | MS_NODEV)
    for flag in arguments.mountFlags {
        switch flag {
        case "ro": flags |= UInt(MS_RDONLY)
        case "noexec": flags |= UInt(MS_NOEXEC)
        case "noatime": flags |= UInt(MS_NOATIME)
        case "suid": flags &= ~UInt(MS_NOSUID)
        case "dev": flags &= ~UInt(MS_NODEV)
        default: break  // nosuid and nodev are the default, the rest asks for what the kernel does anyway
        }
    }
    let data =
        "fd=\(device),rootmode=40000,user_id=\(geteuid()),group_id=\(getegid()),default_permissions,allow_other"
    guard mount("sandbox-overlay", path, "fuse.sandbox-overlay", flags, data) == 0 else {
        throw Errno(rawValue: errno)
    }
}

/// fusermount3(1): set-user-id root, it mounts for ordinary users and sends the descriptor over a socket.
private func mountThroughHelper(_ path: String, _ arguments: OverlayArguments) throws(SandboxError) -> CInt {
    var sockets: [CInt] = [-1, -1]
    guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &sockets) == 0 else {
        throw SandboxError(Errno(rawValue: errno), "make a socket pair")
    }
    let near = Descriptor(owning: sockets[0])
    let far = Descriptor(owning: sockets[1])
    try attempt("prepare fusermount3's socket") { () throws(Errno) in try setCloseOnExec(near.raw, true) }
    var options = ["default_permissions", "subtype=sandbox-overlay", "fsname=sandbox-overlay"]
    if arguments.allowOther { options.append("allow_other") }
    options += arguments.mountFlags.filter { !["suid", "dev", "relatime"].contains($0) }
    let status = try attempt("start fusermount3") { () throws(Errno) in
        try spawn(
            ["fusermount3", "-o", options.joined(separator: ","), "--", path],
            environment: ["_FUSE_COMMFD=\(far.raw)"])
    }
    var byte: UInt8 = 0
    var device: CInt = -1
    var count = 1
    guard status == 0, clinux_receive_with_descriptors(near.raw, &byte, 1, &device, &count) >= 0, count == 1 else {
        throw SandboxError(
            .refused, "fusermount3 could not mount at \"\(path)\"",
            remedy: "run in a user namespace (unshare -Urm), or see fusermount3's message above")
    }
    return device
}

/// Runs a program found in PATH to its end; its wait status.
private func spawn(_ words: [String], environment: [String]) throws(Errno) -> CInt {
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
    defer { for pointer in arguments + variables { free(pointer) } }
    var inherited = clinux_environ()
    var all = variables
    while let variables = inherited, let variable = variables.pointee {
        all.append(variable)
        inherited = variables + 1
    }
    all.append(nil)
    var process = pid_t()
    let result = posix_spawnp(&process, words[0], nil, nil, &arguments, &all)
    if result != 0 { throw Errno(rawValue: result) }
    var status: CInt = 0
    while waitpid(process, &status, 0) < 0 {
        if errno != EINTR { throw Errno(rawValue: errno) }
    }
    return status
}
