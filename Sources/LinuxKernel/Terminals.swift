/// Whether a descriptor is a terminal (ioctl_tty(2) TCGETS).
package func isTerminal(_ descriptor: CInt) -> Bool { isatty(descriptor) == 1 }

/// A terminal's settings; throws ENOTTY for anything else.
package func terminalSettings(_ descriptor: CInt) throws(Errno) -> termios {
    var settings = termios()
    if tcgetattr(descriptor, &settings) != 0 { throw Errno(rawValue: errno) }
    return settings
}

/// tcsetattr(3) after pending output has been sent; a background process is not stopped only if it blocks SIGTTOU.
package func setTerminalSettings(_ descriptor: CInt, _ settings: termios) throws(Errno) {
    var settings = settings
    while tcsetattr(descriptor, TCSADRAIN, &settings) != 0 {
        let code = errno
        if code != EINTR { throw Errno(rawValue: code) }
    }
}

extension termios {
    /// The settings of cfmakeraw(3): every byte passes through unchanged.
    package var raw: termios {
        var copy = self
        cfmakeraw(&copy)
        return copy
    }
}

/// A terminal's rows and columns.
package func windowSize(_ descriptor: CInt) throws(Errno) -> winsize {
    var size = winsize()
    _ = try check(Int(clinux_ioctl(descriptor, UInt(TIOCGWINSZ), &size)))
    return size
}

/// Sets a terminal's rows and columns; its foreground process group gets SIGWINCH.
package func setWindowSize(_ descriptor: CInt, _ size: winsize) throws(Errno) {
    var size = size
    _ = try check(Int(clinux_ioctl(descriptor, UInt(TIOCSWINSZ), &size)))
}

/// A new pseudo terminal from a devpts instance.
package struct PseudoTerminal: ~Copyable {
    package let master: Descriptor
    package let slave: Descriptor
    /// N of the slave's name `pts/N`.
    package let number: CInt

    /// Opens `ptmx` below the folder `devpts` (a descriptor of a devpts mount), and the slave by TIOCGPTPEER, so that
    /// no path that a container could have replaced is walked (CVE-2025-52565).
    package init(devpts: CInt, ptmx: String = "ptmx") throws(Errno) {
        let master = try openPath(at: devpts, ptmx, O_RDWR | O_NOCTTY | O_NOFOLLOW)
        var locked: CInt = 0
        _ = try check(Int(clinux_ioctl(master.raw, CLINUX_TIOCSPTLCK, &locked)))
        var number: CInt = -1
        _ = try check(Int(clinux_ioctl(master.raw, CLINUX_TIOCGPTN, &number)))
        let slave = try check(
            Int(clinux_ioctl_int(master.raw, CLINUX_TIOCGPTPEER, Int(O_RDWR | O_NOCTTY | O_CLOEXEC))))
        self.slave = Descriptor(owning: CInt(slave))
        self.master = master
        self.number = number
    }

    /// The slave alone; the master is closed.
    package consuming func takeSlave() -> Descriptor { slave }
}

/// setsid(2), then the terminal becomes the new session's controlling one (ioctl_tty(2) TIOCSCTTY).
package func becomeSessionLeader(controlling terminal: CInt) throws(Errno) {
    try syscallRetrying(Int(SYS_setsid))
    _ = try check(Int(clinux_ioctl_int(terminal, UInt(TIOCSCTTY), 0)))
}

/// Makes `group` the terminal's foreground process group; SIGTTOU must be blocked or ignored in the background.
package func setForegroundGroup(_ terminal: CInt, _ group: pid_t) throws(Errno) {
    var group = group
    _ = try check(Int(clinux_ioctl(terminal, UInt(TIOCSPGRP), &group)))
}

/// The terminal's foreground process group.
package func foregroundGroup(_ terminal: CInt) throws(Errno) -> pid_t {
    var group: pid_t = 0
    _ = try check(Int(clinux_ioctl(terminal, UInt(TIOCGPGRP), &group)))
    return group
}

/// setpgid(2).
package func setProcessGroup(_ pid: pid_t, _ group: pid_t) throws(Errno) {
    try syscallRetrying(Int(SYS_setpgid), Int(pid), Int(group))
}
