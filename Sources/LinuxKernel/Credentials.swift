/// setresuid(2), for this thread, which is the only one.
package func setUserIDs(_ uid: uid_t) throws(Errno) {
    try syscallRetrying(Int(SYS_setresuid), Int(uid), Int(uid), Int(uid))
}

/// setresgid(2).
package func setGroupIDs(_ gid: gid_t) throws(Errno) {
    try syscallRetrying(Int(SYS_setresgid), Int(gid), Int(gid), Int(gid))
}

/// setgroups(2).
package func setSupplementaryGroups(_ groups: [gid_t]) throws(Errno) {
    try groups.withUnsafeBufferPointer { (groups) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_setgroups), groups.count, address(groups.baseAddress))
    }
}

/// prctl(2).
@discardableResult
package func processControl(_ option: CInt, _ a: UInt = 0, _ b: UInt = 0, _ c: UInt = 0) throws(Errno) -> Int {
    try check(clinux_prctl(option, a, b, c, 0))
}

/// Makes this process refuse ptrace and `/proc/PID/exe`, or allow them again (prctl(2) PR_SET_DUMPABLE).
package func setDumpable(_ on: Bool) throws(Errno) { try processControl(PR_SET_DUMPABLE, on ? 1 : 0) }

/// The signal this process gets when its parent dies; 0 for none (prctl(2) PR_SET_PDEATHSIG).
package func setParentDeathSignal(_ signal: CInt) throws(Errno) {
    try processControl(PR_SET_PDEATHSIG, UInt(signal))
}

/// prctl(2) PR_SET_NO_NEW_PRIVS.
package func setNoNewPrivileges() throws(Errno) { try processControl(PR_SET_NO_NEW_PRIVS, 1) }

/// prlimit(2) on a process, by default this one.
package func setResourceLimit(_ resource: CInt, soft: UInt64, hard: UInt64, of pid: pid_t = 0) throws(Errno) {
    var limit = rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard))
    try withUnsafeMutablePointer(to: &limit) { (limit) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_prlimit64), Int(pid), Int(resource), address(limit), 0)
    }
}

/// personality(2).
package func setPersonality(_ persona: UInt) throws(Errno) {
    try syscallRetrying(Int(SYS_personality), Int(bitPattern: persona))
}

/// A new session keyring named `name`, so that the caller's keys are out of reach (keyctl(2) JOIN_SESSION_KEYRING).
package func joinSessionKeyring(_ name: String) throws(Errno) -> Int {
    try name.withKernelPath { (name) throws(Errno) in try syscallRetrying(Int(SYS_keyctl), 1, name) }
}

/// Allows the keyring to be searched by its user (keyctl(2) SETPERM), as engines expect of a container's keyring.
package func allowKeyringSearch(_ serial: Int) throws(Errno) {
    // possessor: all; user: view, read, write, search (0x3f, 0x1f without link and setattr)
    try syscallRetrying(Int(SYS_keyctl), 5, serial, 0x3f1f_0000)
}

/// sethostname(2).
package func setHostName(_ name: String) throws(Errno) {
    try name.withKernelPath { (text) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_sethostname), text, name.utf8.count)
    }
}

/// setdomainname(2).
package func setDomainName(_ name: String) throws(Errno) {
    try name.withKernelPath { (text) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_setdomainname), text, name.utf8.count)
    }
}

/// prlimit(2): this process's limit.
package func resourceLimit(_ resource: CInt) throws(Errno) -> (soft: UInt64, hard: UInt64) {
    var limit = rlimit()
    try withUnsafeMutablePointer(to: &limit) { (limit) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_prlimit64), 0, Int(resource), 0, address(limit))
    }
    return (UInt64(limit.rlim_cur), UInt64(limit.rlim_max))
}
