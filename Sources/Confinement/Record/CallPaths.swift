import LinuxKernel

/// What a call does with a path.
package struct PathAccess: Equatable, Sendable {
    package var reads = false
    package var writes = false
    /// Adds an entry to its folder, or takes one out.
    package var changesFolder = false
    package var makes = false

    static let read = PathAccess(reads: true)
    static let write = PathAccess(writes: true)
    static let make = PathAccess(changesFolder: true, makes: true)
    static let remove = PathAccess(changesFolder: true)

    /// By the flags of open(2).
    init(openFlags flags: UInt64) {
        let mode = CInt(truncatingIfNeeded: flags) & O_ACCMODE
        let creates = flags & UInt64(O_CREAT) != 0
        // An O_PATH descriptor reaches nothing by itself.
        reads = flags & UInt64(O_PATH) == 0 && mode != O_WRONLY
        writes = mode != O_RDONLY || flags & UInt64(O_TRUNC) != 0
        makes = creates
        changesFolder = creates && flags & UInt64(O_EXCL) != 0
    }

    init(reads: Bool = false, writes: Bool = false, changesFolder: Bool = false, makes: Bool = false) {
        self.reads = reads
        self.writes = writes
        self.changesFolder = changesFolder
        self.makes = makes
    }
}

/// Where in a call's arguments a path is.
package struct CallPlace: Sendable {
    /// Which argument is the path.
    var path: Int
    /// Which one is the folder it starts from; nil: the working folder.
    var folder: Int?
    var purpose: Purpose

    enum Purpose: Sendable {
        case known(PathAccess)
        /// The argument with the flags of open(2).
        case flags(Int)
        /// The argument that points to `struct open_how`.
        case how(Int)
    }

    func access(_ call: ObservedCall) -> PathAccess {
        switch purpose {
        case .known(let access): access
        case .flags(let index): PathAccess(openFlags: call.arguments[index])
        case .how(let index): PathAccess(openFlags: call.word(at: call.arguments[index]) ?? 0)
        }
    }
}

/// The calls that Landlock's file rules are about, and those that change a file's attributes.
enum CallPaths {
    static let places: [String: [CallPlace]] = {
        func at(_ path: Int, _ folder: Int?, _ access: PathAccess) -> CallPlace {
            CallPlace(path: path, folder: folder, purpose: .known(access))
        }
        var places: [String: [CallPlace]] = [
            "open": [CallPlace(path: 0, folder: nil, purpose: .flags(1))],
            "openat": [CallPlace(path: 1, folder: 0, purpose: .flags(2))],
            "openat2": [CallPlace(path: 1, folder: 0, purpose: .how(2))],
            "creat": [at(0, nil, PathAccess(writes: true, makes: true))],
            "execve": [at(0, nil, .read)], "execveat": [at(1, 0, .read)],
            "mkdir": [at(0, nil, .make)], "mkdirat": [at(1, 0, .make)],
            "mknod": [at(0, nil, .make)], "mknodat": [at(1, 0, .make)],
            "symlink": [at(1, nil, .make)], "symlinkat": [at(2, 1, .make)],
            "link": [at(0, nil, .read), at(1, nil, .make)], "linkat": [at(1, 0, .read), at(3, 2, .make)],
            "unlink": [at(0, nil, .remove)], "unlinkat": [at(1, 0, .remove)], "rmdir": [at(0, nil, .remove)],
            "rename": [at(0, nil, .remove), at(1, nil, .make)],
        ]
        for name in ["renameat", "renameat2"] { places[name] = [at(1, 0, .remove), at(3, 2, .make)] }
        for name in ["truncate", "chmod", "chown", "lchown", "utime", "utimes", "setxattr", "lsetxattr"] {
            places[name] = [at(0, nil, .write)]
        }
        for name in ["fchmodat", "fchmodat2", "fchownat", "utimensat", "futimesat"] {
            places[name] = [at(1, 0, .write)]
        }
        return places
    }()
}
