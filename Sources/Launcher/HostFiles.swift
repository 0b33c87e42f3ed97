import LinuxKernel

/// What a path is.
package enum FileKind: Equatable, Sendable {
    case file, directory, symbolicLink, socket, device, other
}

/// Read-only questions to a host's file system: the real one in the product, a dictionary in tests.
package protocol HostFiles {
    /// What a path itself is; nil when it is not there or cannot be looked at.
    func kind(_ path: String) -> FileKind?
    /// The owner of what a path leads to.
    func owner(_ path: String) -> UInt32?
    /// The absolute path without links; nil when it leads nowhere.
    func canonical(_ path: String) -> String?
    /// The text of a file of at most 1 MiB, links followed.
    func text(_ path: String) -> String?
    /// The target text of a symbolic link.
    func linkTarget(_ path: String) -> String?
    /// The names in a folder, sorted by their bytes; nil when it cannot be read.
    func names(in path: String) -> [String]?
    /// The same in any order, for those who only ask whether a name is there.
    func unsortedNames(in path: String) -> [String]?
    /// Whether the caller may read a file, or search a folder.
    func mayRead(_ path: String) -> Bool
    /// The block device a path is, or else the one its file system is on; nil when it is not there.
    func blockDevice(_ path: String) -> DeviceNumber?
    /// What an executable of a path is able to do to its caller's privileges.
    func privilege(of path: String) -> ExecutablePrivilege?
    /// Why the caller cannot open a file for reading and writing; nil when it can.
    func errorOpening(_ path: String) -> Errno?
    /// Runs a program that looks something up and returns its standard output; nil when it is absent or fails.
    func lookUp(_ program: String, _ arguments: [String]) -> String?
}

extension HostFiles {
    package func unsortedNames(in path: String) -> [String]? { names(in: path) }

    package func errorOpening(_ path: String) -> Errno? { kind(path) == nil ? .noSuchFileOrDirectory : nil }

    /// What a path leads to, links followed.
    package func kindFollowingLinks(_ path: String) -> FileKind? {
        guard let target = canonical(path) else { return nil }
        return kind(target)
    }
}

/// How an executable gains privileges on exec.
package enum ExecutablePrivilege: Equatable, Sendable {
    case none
    case setuidRoot
    case fileCapability
    /// It has one of them, and lies on a mount that ignores both.
    case onNoSuidMount
}

/// The host this process runs on.
package struct KernelFiles: HostFiles {
    package init() {}

    package func kind(_ path: String) -> FileKind? {
        guard let status = status(path, follow: false) else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        case S_IFLNK: return .symbolicLink
        case S_IFSOCK: return .socket
        case S_IFCHR, S_IFBLK: return .device
        default: return .other
        }
    }

    package func owner(_ path: String) -> UInt32? { status(path, follow: true)?.st_uid }

    package func canonical(_ path: String) -> String? {
        do { return try canonicalPath(path) } catch { return nil }
    }

    package func text(_ path: String) -> String? {
        do { return String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self) } catch { return nil }
    }

    package func linkTarget(_ path: String) -> String? {
        do { return try readLink(path) } catch { return nil }
    }

    package func names(in path: String) -> [String]? {
        unsortedNames(in: path)?.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    package func unsortedNames(in path: String) -> [String]? {
        do { return try directoryEntries(of: openPath(path, O_RDONLY | O_DIRECTORY)) } catch { return nil }
    }

    package func mayRead(_ path: String) -> Bool {
        isAccessible(path, status(path, follow: true)?.isDirectory == true ? X_OK : R_OK)
    }

    package func privilege(of path: String) -> ExecutablePrivilege? {
        guard let status = status(path, follow: true), status.isRegular, isAccessible(path, X_OK) else { return nil }
        let capable = hasExtendedAttribute(path, "security.capability")
        let setuid = status.st_mode & S_ISUID != 0 && status.st_uid == 0
        guard capable || setuid else { return ExecutablePrivilege.none }
        do { if try isOnNoSuidMount(path) { return .onNoSuidMount } } catch { return nil }
        return setuid ? .setuidRoot : .fileCapability
    }

    package func errorOpening(_ path: String) -> Errno? {
        do { _ = try openPath(path, O_RDWR) } catch { return error }
        return nil
    }

    package func lookUp(_ program: String, _ arguments: [String]) -> String? {
        for folder in ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/run/current-system/sw/bin"] {
            let path = Paths.join(folder, program)
            guard isAccessible(path, X_OK) else { continue }
            do {
                let result = try runProgram(path, arguments)
                return result.status == .exited(0) ? String(decoding: result.bytes, as: UTF8.self) : nil
            } catch { return nil }
        }
        return nil
    }

    private func status(_ path: String, follow: Bool) -> stat? {
        do { return try fileStatus(path, follow: follow) } catch { return nil }
    }
}
