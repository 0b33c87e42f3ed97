import RuntimeSpec

extension Plan {
    /// The plan as text, a line for each decision, in the order in which it is carried out; ends with a line feed.
    ///
    /// The same plan gives the same text. Texts of others are quoted as soon as they could be mistaken for more than
    /// one word, and hold no control characters. Of the environment only the names are told, for values may be
    /// secrets; of a seccomp filter only what it does by default and how many rules it has.
    package var text: String {
        var lines = ["container \(word(id))"]
        lines += namespaces.lines
        lines += idMaps.map(lines(of:)) ?? []
        lines.append(root.line)
        lines += steps.map(\.line)
        if let hostname { lines.append("hostname \(word(hostname))") }
        if let domainname { lines.append("domainname \(word(domainname))") }
        lines += networkDevices.map { "network device \(word($0.hostName)) as \(word($0.containerName))" }
        if let intelRdt { lines.append(intelRdt.line) }
        lines += sysctls.map { "sysctl \(word($0.key)) = \(word($0.value)) (/proc/sys/\(escaped($0.path)))" }
        lines += readOnlyPaths.map { "read-only \(word($0))" }
        lines += maskedPaths.map { "mask \(word($0))" }
        lines += hooks.lines
        lines.append(supervision.line)
        lines += process?.lines ?? ["process none: can be created, not started"]
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(of maps: IDMaps) -> [String] {
        maps.uids.map { "map uid \(range($0))" } + maps.gids.map { "map gid \(range($0))" }
    }
}

extension NamespacePlan {
    fileprivate var lines: [String] {
        new.map { "namespace \($0.rawValue) new" }
            + joined.map { "namespace \($0.kind.rawValue) joins \(word($0.path))" }
            + timeOffsets.map { "clock \($0)" }
    }
}

extension RootPlan {
    fileprivate var line: String {
        var words = ["root \(word(path))", isReadOnly ? "read-only" : "writable"]
        switch source {
        case .directory: words.append("as it is")
        case .overlay(let overlay): words += overlay.words
        }
        if let propagation {
            words.append("propagation \(propagationIsRecursive ? "r" : "")\(propagation.rawValue)")
        }
        words.append(pivots ? "pivot_root" : "chroot")
        return words.joined(separator: ", ")
    }
}

extension OverlayRoot {
    fileprivate var words: [String] {
        var words = ["overlay of \(lower.map(word).joined(separator: " over "))"]
        switch driver {
        case .fuse: break
        case .kernel: words.append("the kernel's")
        case .kernelOrFuse: words.append("the kernel's where it allows it")
        }
        switch upper {
        case .memory(nil): words.append("changes in memory")
        case .memory(let sizeBytes?): words.append("changes in memory up to \(sizeBytes) bytes")
        case .directory(let upper, let work): words.append("changes in \(word(upper)) with work folder \(word(work))")
        }
        if squashUnmappedToRoot { words.append("unmapped owners shown as 0") }
        if !enforcesPermissions { words.append("mode bits not enforced") }
        words += rules.hidden.map { "hides \(word($0))" } + rules.denied.map { "denies \(word($0))" }
        if let bytes = rules.quotaBytes {
            words.append("holds \(bytes) bytes" + (rules.quotaFiles.map { " in \($0) files" } ?? ""))
        }
        if let trace = rules.trace { words.append("traced to \(word(trace))") }
        if lowersAreLayers { words.append("layers of an image") }
        words += served.map { "serves \(word($0.source)) at \(word($0.destination)), \($0.changes.words)" }
        return words
    }
}

extension ServedFolder.Changes {
    fileprivate var words: String {
        switch self {
        case .through: "written through"
        case .refused: "read-only"
        case .kept(let upper, let work): "changes in \(word(upper)) with work folder \(word(work))"
        }
    }
}

extension Step {
    fileprivate var line: String {
        switch self {
        case .bind(let mount):
            var words = ["\(mount.origin): bind \(word(mount.source)) to \(word(mount.destination))"]
            words += mount.options.words
            if let maps = mount.idMaps {
                words += maps.uids.map { "uid \(range($0))" } + maps.gids.map { "gid \(range($0))" }
            }
            return words.joined(separator: ", ")
        case .fileSystem(let mount): return mount.line("mount")
        case .cgroup(let mount): return mount.line("cgroups as")
        case .device(let node): return node.line
        case .link(let path, let target): return "link \(word(path)) to \(word(target)) unless something is there"
        case .remount(let path, let options): return (["remount \(word(path))"] + options.words).joined(separator: ", ")
        }
    }
}

extension FileSystemMount {
    fileprivate func line(_ verb: String) -> String {
        let what = "\(origin): \(verb) \(word(type)) \(word(source)) at \(word(destination))"
        let label = label.map { ["label \(word($0))"] } ?? []
        return ([what] + options.words + label).joined(separator: ", ")
    }
}

extension DeviceNode {
    fileprivate var line: String {
        let numbers = kind == .fifo ? "" : " \(major):\(minor)"
        // A bound node has the mode and the owner that it has on the host.
        let how = isBound ? "bound from the host" : "mode \(octal(mode)), owner \(uid):\(gid), made"
        return "device \(word(path)) \(kind.rawValue)\(numbers), \(how)"
    }
}

extension MountOptions {
    /// What is asked for, in a fixed order: attributes, recursive ones, propagation, ways of mounting, file system data.
    fileprivate var words: [String] {
        var words = attributeWords(set: set, clear: clear)
        words += attributeWords(set: recursiveSet, clear: recursiveClear).map { "r" + $0 }
        words += propagation.map { ($0.recursive ? "r" : "") + $0.kind.rawValue }
        if isBind { words.append(isRecursiveBind ? "rbind" : "bind") }
        switch idMap {
        case nil: break
        case .mount: words.append("idmap")
        case .recursive: words.append("ridmap")
        }
        let ways = [
            (copyUp, "tmpcopyup"), (copySymlink, "copy-symlink"), (sourceNoFollow, "src-nofollow"),
            (destinationNoFollow, "dest-nofollow"),
        ]
        words += ways.filter(\.0).map(\.1)
        words += superblockFlags
        if !data.isEmpty { words.append("data " + data.map(word).joined(separator: " ")) }
        return words
    }
}

/// The options that ask for these bits; bits without a name as a number.
private func attributeWords(set: UInt64, clear: UInt64) -> [String] {
    let names: [(UInt64, String, String)] = [
        (MountAttribute.readOnly, "ro", "rw"), (MountAttribute.noSuid, "nosuid", "suid"),
        (MountAttribute.noDev, "nodev", "dev"), (MountAttribute.noExec, "noexec", "exec"),
        (MountAttribute.noDirectoryAccessTime, "nodiratime", "diratime"),
        (MountAttribute.noSymlinkFollow, "nosymfollow", "symfollow"),
    ]
    var words: [String] = []
    for (bit, on, off) in names {
        if set & bit != 0 { words.append(on) }
        if clear & bit != 0 { words.append(off) }
    }
    // The access time is one field of the mask; relative access times are its value 0.
    switch set & MountAttribute.accessTimeMask {
    case MountAttribute.noAccessTime: words.append("noatime")
    case MountAttribute.strictAccessTime: words.append("strictatime")
    case 0: if clear & MountAttribute.accessTimeMask != 0 { words.append("relatime") }
    case let other: words.append("atime=0x" + String(other, radix: 16))
    }
    let known = names.reduce(MountAttribute.accessTimeMask) { $0 | $1.0 }
    if set & ~known != 0 { words.append("set=0x" + String(set & ~known, radix: 16)) }
    if clear & ~known != 0 { words.append("clear=0x" + String(clear & ~known, radix: 16)) }
    return words
}

extension Supervision {
    fileprivate var line: String {
        switch self {
        case .none: "process 1 is the command"
        case .reaper: "process 1 is an init that reaps and forwards signals"
        case .holder: "process 1 is an init that reaps and waits for processes to join"
        }
    }
}

/// `0-65535 to 100000-165535`, from inside to outside.
private func range(_ mapping: Spec.Linux.IDMapping) -> String {
    "\(run(mapping.containerID, mapping.size)) to \(run(mapping.hostID, mapping.size))"
}

private func run(_ first: UInt32, _ size: UInt32) -> String {
    switch size {
    case 0: "none"
    case 1: "\(first)"
    default: "\(first)-\(UInt64(first) + UInt64(size) - 1)"
    }
}

/// With a leading 0 and at least four digits: `0022`.
func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
}

/// A text of somebody else's: bare when it is plainly one word, else quoted.
func word(_ text: String) -> String {
    let isPlain =
        !text.isEmpty && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "\"" && $0 != "," }
    let escaped = escaped(text)
    return isPlain && escaped == text ? text : "\"\(escaped)\""
}

/// Without control characters, invisible ones that turn or hide what follows, quotes and backslashes.
private func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch (scalar, scalar.properties.generalCategory) {
        case ("\"", _), ("\\", _): result += "\\" + String(scalar)
        case ("\n", _): result += "\\n"
        case ("\t", _): result += "\\t"
        case (_, .control), (_, .format), (_, .lineSeparator), (_, .paragraphSeparator):
            result += "\\u{" + String(scalar.value, radix: 16) + "}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
