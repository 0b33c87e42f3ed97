/// Tries, in child processes that end at once, what a host may refuse. Each returns the error, nil when it worked.
///
/// Legal only while this process has one thread.
package enum Probe {
    /// unshare(2) with CLONE_NEWUSER.
    package static func userNamespace() -> Errno? { inChild { () throws(Errno) in try enterUserNamespace(0) } }

    /// A mount in new user and mount namespaces, with power over both.
    package static func mountNamespace() -> Errno? {
        inChild { () throws(Errno) in
            try enterUserNamespace(CLONE_NEWNS)
            try mount(source: nil, target: "/", flags: CUnsignedLong(MS_REC) | CUnsignedLong(MS_PRIVATE))
        }
    }

    /// unshare(2) with CLONE_NEWNET in a new user namespace.
    package static func networkNamespace() -> Errno? {
        inChild { () throws(Errno) in try enterUserNamespace(CLONE_NEWNET) }
    }

    /// mount(2) of proc in new user, mount and pid namespaces: EPERM where parts of the outer one are covered.
    package static func freshProc() -> Errno? {
        inChild { () throws(Errno) in
            try enterUserNamespace(CLONE_NEWNS | CLONE_NEWPID)
            if let error = inChild({ () throws(Errno) in
                try mount(
                    source: "proc", target: "/proc", type: "proc",
                    flags: CUnsignedLong(MS_NOSUID | MS_NODEV | MS_NOEXEC))
            }) {
                throw error
            }
        }
    }

    /// open(2) of `/dev/fuse`.
    package static func openFuse() -> Errno? {
        do throws(Errno) {
            _ = try openPath("/dev/fuse", O_RDWR)
            return nil
        } catch { return error }
    }

    /// mount(2) of a fuse file system in new user and mount namespaces.
    package static func mountFuse() -> Errno? {
        inChild { () throws(Errno) in
            try enterUserNamespace(CLONE_NEWNS)
            // Opened in the namespace it is used in: fuse compares the two.
            let device = try openPath("/dev/fuse", O_RDWR)
            try mount(
                source: "none", target: "/", type: "fuse", flags: CUnsignedLong(MS_NOSUID | MS_NODEV),
                data: "fd=\(device.raw),rootmode=40000,user_id=0,group_id=0")
        }
    }

    /// Runs `newuidmap PID MAP` or `newgidmap PID MAP` on a child in a new user namespace; its exit status.
    ///
    /// - Parameter map: triples of first id inside, first id outside, and count.
    package static func mapHelper(_ path: String, _ map: [UInt32]) throws(Errno) -> CInt {
        let ready = try makePipe()
        let hold = try makePipe()
        switch try cloneProcess(flags: 0) {
        case .child:
            // The child keeps its copy of the writing end of `hold` out of the way, or its read would never end.
            close(hold.write)
            _exit(stayInUserNamespace(ready: ready.write, until: hold.read))
        case .parent(let child):
            close(ready.write)
            close(hold.read)
            let outcome = runHelper(path, map, on: child.pid, when: ready.read)
            close(ready.read)
            close(hold.write)
            _ = try waitForProcess(child.pid)
            return try outcome.get()
        }
    }

    private static func stayInUserNamespace(ready: CInt, until end: CInt) -> CInt {
        do throws(Errno) {
            try unshareNamespaces(CLONE_NEWUSER)
            try writeAll(ready, [1])
            _ = try readAll(end, limit: 1)
            return 0
        } catch { return 1 }
    }

    private static func runHelper(
        _ path: String, _ map: [UInt32], on pid: pid_t, when ready: CInt
    ) -> Result<CInt, Errno> {
        do throws(Errno) {
            var byte: [UInt8] = [0]
            let count = try byte.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                try readBytes(ready, into: UnsafeMutableRawBufferPointer(buffer))
            }
            if count == 0 { return .failure(.notPermitted) }
            return .success(try runProgram(path, [String(pid)] + map.map { String($0) }).status.exitCode)
        } catch { return .failure(error) }
    }

    /// Both ends close-on-exec; closed by the caller, since a child shares them.
    private static func makePipe() throws(Errno) -> (read: CInt, write: CInt) {
        var ends: [CInt] = [-1, -1]
        try ends.withUnsafeMutableBufferPointer { (ends) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_pipe2), address(ends.baseAddress), Int(O_CLOEXEC))
        }
        return (ends[0], ends[1])
    }

    /// unshare(2) with CLONE_NEWUSER and `others`, and the caller's ids mapped to 0 (user_namespaces(7)).
    private static func enterUserNamespace(_ others: CInt) throws(Errno) {
        let uid = geteuid()
        let gid = getegid()
        try unshareNamespaces(CLONE_NEWUSER)
        if others != 0 {
            try writeFile("/proc/self/setgroups", "deny")
            try writeFile("/proc/self/uid_map", "0 \(uid) 1")
            try writeFile("/proc/self/gid_map", "0 \(gid) 1")
            try unshareNamespaces(others)
        }
    }

    /// Runs `body` in a child; its exit status is the error number.
    private static func inChild(_ body: () throws(Errno) -> Void) -> Errno? {
        do throws(Errno) {
            let number = try inChildProcess {
                do throws(Errno) {
                    try body()
                    return 0
                } catch { return UInt8(truncatingIfNeeded: error.rawValue) }
            }
            return number == 0 ? nil : Errno(rawValue: CInt(number))
        } catch { return error }
    }
}
