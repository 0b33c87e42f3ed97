import Foundation

/// A small root filesystem around busybox.
enum Rootfs {
    private static let applets = [
        "[", "awk", "basename", "cat", "chmod", "cp", "cut", "dd", "df", "dirname", "echo", "env", "expr", "false",
        "grep", "head", "hostname", "id", "ip", "kill", "ln", "ls", "mkdir", "mknod", "mount", "mv", "nc", "od",
        "printf",
        "ps", "pwd", "readlink", "rm", "sed", "seq", "sh", "sleep", "sort", "stat", "stty", "tail", "test", "touch",
        "tr",
        "true", "tty", "umount", "uname", "wc", "xargs", "yes",
    ]

    /// Makes it at `path`, which must not exist, with everything owned by the caller.
    static func make(at path: String, for caller: Caller) throws {
        guard let busybox = Host.path(of: "busybox") else { throw TestTrouble("busybox is not installed") }
        let files = FileManager.default
        for folder in ["", "/bin", "/etc", "/tmp", "/proc", "/sys", "/dev", "/root", "/var", "/lib", "/lib64"] {
            _ = try TestTrouble.check(mkdir(path + folder, 0o755), "mkdir \(path + folder)")
            try caller.own(path + folder)
        }
        _ = try TestTrouble.check(chmod(path + "/tmp", 0o1777), "chmod")
        try copyProgram(busybox, to: path + "/bin/busybox")
        try caller.own(path + "/bin/busybox")
        for library in try libraries(of: busybox) {
            let target = path + "/lib64/" + (library as NSString).lastPathComponent
            try copyProgram(library, to: target)
            try caller.own(target)
        }
        for applet in applets {
            try files.createSymbolicLink(atPath: "\(path)/bin/\(applet)", withDestinationPath: "busybox")
        }
        for (name, text) in [
            ("passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000:web:/:/bin/sh\n"),
            ("group", "root:x:0:\nweb:x:1000:\n"),
        ] {
            let file = "\(path)/etc/\(name)"
            guard files.createFile(atPath: file, contents: Data(text.utf8)) else {
                throw TestTrouble("cannot write \(file)")
            }
            try caller.own(file)
        }
    }

    /// By a process of its own: a child that another test starts at the same moment would hold the file open for writing
    /// until it executes, and nobody could execute the file (ETXTBSY).
    private static func copyProgram(_ source: String, to target: String) throws {
        let copied = try Child(
            Invocation(arguments: ["cp", source, target], environment: ["PATH": Host.searchPath], directory: "/")
        ).finish()
        guard copied.isSuccess else { throw TestTrouble("cp \(source) \(target): \(copied)") }
    }

    /// What a dynamic busybox needs (ldd(1)); nothing for a static one.
    private static func libraries(of program: String) throws -> [String] {
        let listing = try Child(
            Invocation(arguments: ["ldd", program], environment: ["PATH": Host.searchPath], directory: "/")
        ).finish()
        return listing.text.split(whereSeparator: \.isWhitespace).map(String.init).filter { $0.hasPrefix("/") }
    }
}
