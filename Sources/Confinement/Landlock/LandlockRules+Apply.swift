import Diagnostics
import LinuxKernel

extension LandlockRules {
    /// The words of `struct landlock_ruleset_attr` for a version, and how many bytes of it the version knows.
    package func attributes(version: Int) -> (files: UInt64, network: UInt64, scope: UInt64, size: Int) {
        var network: UInt64 = 0
        if version >= 4 && bindPorts != nil { network |= 1 }
        if version >= 4 && connectPorts != nil { network |= 2 }
        var scope: UInt64 = 0
        if version >= 6 {
            for entry in scopes {
                switch entry {
                case .abstractUnixSocket: scope |= 1
                case .signal: scope |= 2
                }
            }
        }
        let files = paths == nil ? FileRights() : FileRights.known(version)
        return (files.rawValue, network, scope, version >= 6 ? 24 : version >= 4 ? 16 : 8)
    }

    /// What this kernel's version cannot hold, a line each.
    package func missing(version: Int) -> [String] {
        if version == 0 { return ["this kernel has no Landlock: the mounts are the only wall around files"] }
        var lines: [String] = []
        if version < 4 && (bindPorts != nil || connectPorts != nil) {
            lines.append("Landlock \(version) has no rules for TCP ports (Linux 6.7 has)")
        }
        if version < 6 && !scopes.isEmpty {
            lines.append("Landlock \(version) has no scopes for signals and abstract sockets (Linux 6.12 has)")
        }
        return lines
    }

    /// Puts the rules on this process, for good; init calls it as one of its last steps, with no-new-privileges set and
    /// before the seccomp filter.
    ///
    /// A path that is not there, or closed to this user, is passed over: nothing can be reached through it. Rights of folders are left out
    /// for what is no folder.
    /// - Parameter version: of `landlockVersion()`; 0 does nothing.
    package func apply(version: Int) throws(SandboxError) {
        let words = attributes(version: version)
        if words.files | words.network | words.scope == 0 { return }
        let ruleset = try attempt("make a Landlock ruleset") { () throws(Errno) in
            try createLandlockRuleset(
                files: words.files, network: words.network, scope: words.scope, size: words.size)
        }
        for path in paths ?? [] { try add(path, to: ruleset, known: FileRights(rawValue: words.files)) }
        if words.network & 1 != 0 { try add(bindPorts ?? [], right: 1, to: ruleset) }
        if words.network & 2 != 0 { try add(connectPorts ?? [], right: 2, to: ruleset) }
        try attempt("apply the Landlock ruleset") { () throws(Errno) in try restrictSelf(ruleset) }
    }

    private func add(
        _ path: Path, to ruleset: borrowing Descriptor, known: FileRights
    ) throws(SandboxError) {
        let place: Descriptor
        do {
            place = try openPath(path.path, O_PATH)
        } catch .noSuchFileOrDirectory, .notDirectory, .permissionDenied {
            return
        } catch {
            throw SandboxError(error, "open \(path.path) for Landlock")
        }
        do {
            let isFolder = try fileStatus(at: place.raw).isDirectory
            var rights = path.rights.intersection(known)
            if !isFolder { rights.formIntersection(.ofFiles) }
            if !rights.isEmpty { try addLandlockPathRule(ruleset, allowed: rights.rawValue, beneath: place.raw) }
        } catch {
            throw SandboxError(error, "allow \(path.path) by Landlock")
        }
    }

    private func add(_ ports: [UInt16], right: UInt64, to ruleset: borrowing Descriptor) throws(SandboxError) {
        for port in ports {
            try attempt("allow port \(port) by Landlock") { () throws(Errno) in
                try addLandlockPortRule(ruleset, allowed: right, port: port)
            }
        }
    }
}
