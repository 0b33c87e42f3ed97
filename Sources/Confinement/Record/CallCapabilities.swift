/// Which capabilities a call asks for (capabilities(7)), as far as its name and numbers tell.
enum CallCapabilities {
    /// - Parameter bound: the port of a bind(2).
    static func asked(by name: String, _ arguments: [UInt64], bound: UInt16?) -> [String] {
        switch name {
        case "chown", "fchown", "lchown", "fchownat": return ["CAP_CHOWN"]
        case "setuid", "setreuid", "setresuid", "setfsuid": return ["CAP_SETUID"]
        case "setgid", "setregid", "setresgid", "setfsgid", "setgroups": return ["CAP_SETGID"]
        case "bind": return bound.map { (1..<1024).contains($0) } ?? false ? ["CAP_NET_BIND_SERVICE"] : []
        case "socket":
            // AF_PACKET, and SOCK_RAW of the internet families.
            let isRaw = arguments[0] == 17 || [2, 10].contains(arguments[0]) && arguments[1] & 0xf == 3
            return isRaw ? ["CAP_NET_RAW"] : []
        case "chroot": return ["CAP_SYS_CHROOT"]
        case "mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "fsmount", "mount_setattr",
            "sethostname", "setdomainname", "setns":
            return ["CAP_SYS_ADMIN"]
        case "unshare", "clone":
            let flags = arguments[0]
            let others: UInt64 = 0x6e02_0000
            return flags & others != 0 && flags & 0x1000_0000 == 0 ? ["CAP_SYS_ADMIN"] : []
        case "mknod": return isDevice(arguments[1]) ? ["CAP_MKNOD"] : []
        case "mknodat": return isDevice(arguments[2]) ? ["CAP_MKNOD"] : []
        case "setpriority", "sched_setscheduler", "sched_setattr", "ioprio_set": return ["CAP_SYS_NICE"]
        case "prctl": return arguments[0] == 24 || arguments[0] == 28 ? ["CAP_SETPCAP"] : []
        case "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd": return ["CAP_SYS_PTRACE"]
        case "kill", "tgkill", "tkill", "pidfd_send_signal": return ["CAP_KILL"]
        case "chmod", "fchmod", "fchmodat", "fchmodat2", "utimensat", "utime", "utimes":
            return ["CAP_FOWNER"]
        case "setxattr", "lsetxattr", "fsetxattr": return ["CAP_SETFCAP"]
        // SIOCADDRT and SIOCDELRT, the SIOCSIF… of devices, TUNSETIFF.
        case "ioctl":
            let changes: Set<UInt64> = [
                0x890b, 0x890c, 0x8914, 0x8916, 0x8918, 0x891a, 0x891c, 0x8922, 0x8923, 0x8924, 0x4004_54ca,
            ]
            return changes.contains(arguments[1] & 0xffff_ffff) ? ["CAP_NET_ADMIN"] : []
        case "reboot": return ["CAP_SYS_BOOT"]
        case "settimeofday", "clock_settime": return ["CAP_SYS_TIME"]
        case "swapon", "swapoff": return ["CAP_SYS_ADMIN"]
        default: return []
        }
    }

    /// S_IFCHR or S_IFBLK.
    private static func isDevice(_ mode: UInt64) -> Bool { [0o020000, 0o060000].contains(mode & 0o170000) }
}
