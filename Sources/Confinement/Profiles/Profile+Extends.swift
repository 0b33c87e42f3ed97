import Diagnostics
import RuntimeSpec

extension Profile {
    /// This profile over the one it extends.
    ///
    /// Environment names and limits add up, rules come before the parent's; every other property replaces the parent's.
    package func over(_ parent: Profile) -> Profile {
        var merged = self
        merged.extends = nil
        merged.noNewPrivileges = noNewPrivileges ?? parent.noNewPrivileges
        merged.capabilities = capabilities ?? parent.capabilities
        merged.namespaces = namespaces ?? parent.namespaces
        merged.maskedPaths = maskedPaths ?? parent.maskedPaths
        merged.readonlyPaths = readonlyPaths ?? parent.readonlyPaths
        merged.environment = (parent.environment ?? []) + (environment ?? [])
        merged.rlimits = (parent.rlimits ?? [:]).merged(with: rlimits ?? [:])
        merged.limits =
            limits == nil && parent.limits == nil
            ? nil : (parent.limits ?? [:]).merged(with: limits ?? [:])
        merged.network = network ?? parent.network
        merged.desktop = desktop ?? parent.desktop
        merged.landlock = landlock ?? parent.landlock
        var rules = seccomp ?? Seccomp()
        let inherited = parent.seccomp ?? Seccomp()
        if rules.defaultAction == nil {
            rules.defaultAction = inherited.defaultAction
            rules.defaultErrnoRet = inherited.defaultErrnoRet
        }
        rules.architectures = rules.architectures ?? inherited.architectures
        rules.flags = rules.flags ?? inherited.flags
        rules.syscalls += inherited.syscalls
        merged.seccomp = rules
        return merged
    }

    /// Follows `extends` to its end.
    ///
    /// - Parameter find: gives a profile by name.
    /// - Throws: `.invalidInput` for a cycle, with the names that form it; what `find` throws.
    package func resolved(
        name: String, find: (String) throws(SandboxError) -> Profile
    ) throws(SandboxError) -> Profile {
        var result = self
        var chain = [name]
        while let parent = result.extends {
            if chain.contains(parent) {
                throw SandboxError(
                    .invalidInput,
                    "extends: the profiles extend each other: \((chain + [parent]).joined(separator: " → "))")
            }
            chain.append(parent)
            let found = try find(parent)
            let next = found.extends
            result = result.over(found)
            result.extends = next
        }
        return result
    }

    /// Reads a profile, and refuses what the format does not have.
    ///
    /// - Throws: `.invalidInput` with the property's path; syntax errors give line and column.
    package init(reading bytes: [UInt8]) throws(SandboxError) {
        guard bytes.count <= Profile.sizeLimit else {
            throw SandboxError(
                .invalidInput, "the file has \(bytes.count) bytes, and a profile has at most \(Profile.sizeLimit)")
        }
        try self.init(decoding: bytes)
        try check()
    }

    package static let sizeLimit = 1 << 20

    private func check() throws(SandboxError) {
        try refuse(unknown, at: "")
        try refuse(capabilities?.unknown ?? [], at: "capabilities.")
        try refuse(landlock?.unknown ?? [], at: "landlock.")
        try refuse(seccomp?.unknown ?? [], at: "seccomp.")
        try refuse(recorded?.unknown ?? [], at: "recorded.")
        for (name, limit) in rlimits ?? [:] {
            guard Profile.limitNames.contains(name) else {
                throw SandboxError(.invalidInput, "rlimits.\(name): unknown limit", remedy: "see getrlimit(2)")
            }
            try refuse(limit.unknown, at: "rlimits.\(name).")
            if limit.soft > limit.hard {
                throw SandboxError(
                    .invalidInput, "rlimits.\(name).soft: \(limit.soft) is more than the hard limit \(limit.hard)")
            }
        }
        try checkCapabilities()
        try checkNames()
        if doesNotProtect.isEmpty {
            throw SandboxError(.invalidInput, "doesNotProtect: say at least one thing it does not protect against")
        }
        try checkRules()
    }

    /// What capset(2) and prctl(2) would refuse.
    private func checkCapabilities() throws(SandboxError) {
        guard let plan = try capabilities?.plan(at: "capabilities") else { return }
        for (list, set, base, what) in [
            ("effective", plan.effective, plan.permitted, "permitted"),
            ("ambient", plan.ambient, plan.permitted, "permitted"),
            ("ambient", plan.ambient, plan.inheritable, "inheritable"),
        ] {
            guard let first = set.subtracting(base).names.first else { continue }
            throw SandboxError(.invalidInput, "capabilities.\(list): \(first) is not \(what)")
        }
    }

    /// The parent's name, the namespaces, and the places.
    private func checkNames() throws(SandboxError) {
        if let parent = extends, parent.isEmpty || parent.utf8.contains(where: { $0 < 32 || $0 == UInt8(ascii: "/") }) {
            throw SandboxError(
                .invalidInput, "extends: \"\(parent)\" is no name", remedy: "a file of the same folder goes by its name"
            )
        }
        for kind in [Spec.Linux.Namespace.Kind.pid, .mount] where namespaces.map({ !$0.contains(kind) }) ?? false {
            throw SandboxError(.invalidInput, "namespaces: a sandbox always has a new \(kind.rawValue) namespace")
        }
        for (index, kind) in (namespaces ?? []).enumerated() where namespaces?.prefix(index).contains(kind) == true {
            throw SandboxError(.invalidInput, "namespaces[\(index)]: \(kind.rawValue) is named twice")
        }
        for (index, name) in (environment ?? []).enumerated()
        where name.isEmpty || name.contains("=") || name.dropLast().contains("*") {
            throw SandboxError(
                .invalidInput,
                "environment[\(index)]: \"\(name)\" is no variable's name, with or without a * at its end")
        }
        for (list, paths) in [("maskedPaths", maskedPaths), ("readonlyPaths", readonlyPaths)] {
            for (index, path) in (paths ?? []).enumerated() where !path.hasPrefix("/") || path.utf8.contains(0) {
                throw SandboxError(.invalidInput, "\(list)[\(index)]: \"\(path)\" is no absolute path")
            }
        }
        for (list, paths) in [("read", landlock?.read), ("write", landlock?.write)] {
            for (index, path) in (paths ?? []).enumerated() {
                let parts = path.split(separator: "/", omittingEmptySubsequences: false)
                if ["", "~", "."].contains(parts[0]), path != "", !parts.contains(".."), !path.utf8.contains(0) {
                    continue
                }
                throw SandboxError(
                    .invalidInput, "landlock.\(list)[\(index)]: \"\(path)\" is no place",
                    remedy: "/usr, ~/.cache of the home or ./src of the project, without ..")
            }
        }
    }

    /// Names, actions, arguments and conditions.
    private func checkRules() throws(SandboxError) {
        if seccomp?.defaultAction == .notify { throw Self.unanswered("seccomp.defaultAction") }
        for (index, rule) in (seccomp?.syscalls ?? []).enumerated() {
            let path = "seccomp.syscalls[\(index)]"
            if rule.action == .notify { throw Self.unanswered("\(path).action") }
            if rule.names.isEmpty {
                throw SandboxError(.invalidInput, "\(path).names: empty, so that the rule decides nothing")
            }
            let one = Spec.Linux.Seccomp(
                defaultAction: .allow,
                syscalls: [.init(names: rule.names, action: rule.action, errnoRet: rule.errnoRet, args: rule.args)])
            do { _ = try FilterPolicy(one) } catch {
                throw SandboxError(.invalidInput, "\(path): \(error.message)", remedy: error.remedy)
            }
            try refuse(rule.unknown, at: "\(path).")
            for (place, name) in rule.names.enumerated() where SyscallName(name) == nil {
                throw SandboxError(
                    .invalidInput, "\(path).names[\(place)]: unknown system call \"\(name)\"",
                    remedy: SyscallName.nearest(to: name).map { "did you mean \"\($0)\"?" })
            }
            try refuse(rule.includes?.unknown ?? [], at: "\(path).includes.")
            try refuse(rule.excludes?.unknown ?? [], at: "\(path).excludes.")
            for condition in [rule.includes, rule.excludes].compactMap(\.self) {
                _ = try CapabilitySet(names: condition.caps ?? [], at: "\(path) caps")
                if let text = condition.minKernel, KernelVersion(text) == nil {
                    throw SandboxError(.invalidInput, "\(path): minKernel \"\(text)\" is no version as 5.10")
                }
            }
        }
    }

    /// Who answers a notified call is named by an engine's config.json (`listenerPath`), not by a profile.
    private static func unanswered(_ path: String) -> SandboxError {
        SandboxError(
            .invalidInput, "\(path): SCMP_ACT_NOTIFY asks a program that a profile cannot name",
            remedy: "SCMP_ACT_ERRNO refuses the call, and sandbox profile record watches calls; "
                + "a container's config.json can name an agent")
    }

    private func refuse(_ members: [JSON.Member], at path: String) throws(SandboxError) {
        if let first = members.first {
            throw SandboxError(.invalidInput, "\(path)\(first.key): a profile has no such property")
        }
    }

    /// The names of config.json's `process.rlimits`.
    static let limitNames: Set<String> = [
        "RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK",
        "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO",
        "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
    ]
}
