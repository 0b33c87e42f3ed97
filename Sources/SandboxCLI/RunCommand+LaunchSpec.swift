import ContainerPlan
import Diagnostics
import Launcher
import RuntimeSpec

extension RunCommand {
    /// The request the options stand for.
    ///
    /// - Parameters:
    ///   - current: what relative paths are relative to.
    ///   - home: what `~` stands for, where the shell has left it (`--bind=~/x`).
    package func launchSpec(current: String, home: String) throws(SandboxError) -> LaunchSpec {
        func absolute(_ path: String, _ option: String) throws(SandboxError) -> String {
            if path.isEmpty || path.utf8.contains(0) {
                throw SandboxError(.invalidInput, "\(option) \"\(path)\": not a path")
            }
            return Paths.absolute(path, in: current, home: home)
        }
        var launch = LaunchSpec(command: command)
        launch.rootfs = try rootfs.map { (path) throws(SandboxError) in try absolute(path, "--rootfs") }
        if let project {
            if noProject { throw SandboxError(.invalidInput, "--project and --no-project exclude each other") }
            launch.project = .folder(try absolute(project, "--project"))
        } else if noProject {
            launch.project = .none
        }
        launch.workdir = try workdir.map { (path) throws(SandboxError) in try absolute(path, "--workdir") }
        for path in writable { launch.writable.append(try absolute(path, "--writable")) }
        for path in allowSecret { launch.allowedSecrets.append(try absolute(path, "--allow-secret")) }
        for (option, values, readOnly) in [("--bind", bind, false), ("--ro-bind", roBind, true)] {
            for value in values {
                let (source, place) = try RunCommand.pair(value, option)
                let path = try absolute(source, option)
                launch.binds.append(
                    LaunchSpec.Bind(
                        source: path,
                        destination: try place.map { (text) throws(SandboxError) in
                            try RunCommand.destination(text, option, home: home)
                        } ?? path, readOnly: readOnly))
            }
        }
        for value in tmpfs { launch.memoryFolders.append(try RunCommand.memoryFolder(value, home: home)) }
        launch.homeTools = homeTools
        for value in env { launch.environment.append(RunCommand.variable(value)) }
        for value in rlimit { launch.rlimits.append(try RunCommand.limit(value)) }
        try RunCommand.refuseRepeated(launch.rlimits)
        launch.limits = try limits.limits(absolute: absolute)
        launch.rootRules = try rootOptions.rules(absolute: absolute)
        launch.overlay = try rootOptions.choice()
        launch.hostname = hostname
        if let net { launch.network = try LaunchSpec.Network(parsing: net) }
        for text in publish { launch.publish.append(try NetworkConnection.Port(parsing: text)) }
        try addCapabilities(to: &launch)
        launch.asRoot = asRoot
        launch.keep = keep
        launch.profile = profile
        try own.add(to: &launch, absolute: absolute)
        launch.life = try life.life(launch.command)
        launch.projectFile = configuration
        return launch
    }

    /// `SRC[:DST]`; `\:` is a colon of a name.
    package static func pair(_ value: String, _ option: String) throws(SandboxError) -> (String, String?) {
        var parts: [[UInt8]] = [[]]
        var escaped = false
        for byte in value.utf8 {
            if escaped {
                if byte != UInt8(ascii: ":") { parts[parts.count - 1].append(UInt8(ascii: "\\")) }
                parts[parts.count - 1].append(byte)
                escaped = false
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: ":") {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
        }
        if escaped { parts[parts.count - 1].append(UInt8(ascii: "\\")) }
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw SandboxError(
                .invalidInput, "\(option) \"\(value)\": not SRC or SRC:DST", remedy: "write a colon of a name as \\:")
        }
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        return (texts[0], texts.count == 2 ? texts[1] : nil)
    }

    private static func destination(_ path: String, _ option: String, home: String) throws(SandboxError) -> String {
        guard path.utf8.first == UInt8(ascii: "/") || path == "~" || path.utf8.starts(with: "~/".utf8),
            !path.utf8.contains(0)
        else { throw SandboxError(.invalidInput, "\(option): the place \"\(path)\" inside is not an absolute path") }
        return Paths.absolute(path, in: "/", home: home)
    }

    private static func memoryFolder(_ value: String, home: String) throws(SandboxError) -> LaunchSpec.MemoryFolder {
        let (path, size) = try pair(value, "--tmpfs")
        let place = try destination(path, "--tmpfs", home: home)
        guard let size else { return LaunchSpec.MemoryFolder(destination: place, sizeBytes: nil) }
        guard let bytes = strictSize(size), bytes > 0 else {
            throw SandboxError(
                .invalidInput, "--tmpfs \"\(value)\": \"\(size)\" is not a size", remedy: "bytes, or 512k, 64m, 1g")
        }
        return LaunchSpec.MemoryFolder(destination: place, sizeBytes: bytes)
    }

    private static func variable(_ value: String) -> LaunchSpec.Variable {
        let parts = value.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        return parts.count == 2 ? .set(name: parts[0], value: parts[1]) : .pass(name: value)
    }

    /// `NAME=SOFT[:HARD]`, the name that of getrlimit(2) without RLIMIT_.
    private static func limit(_ value: String) throws(SandboxError) -> Spec.Process.RLimit {
        let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let kinds = Spec.Process.RLimit.Kind.allCases
        guard parts.count == 2, let kind = kinds.first(where: { $0.shortName == parts[0].lowercased() }) else {
            throw SandboxError(
                .invalidInput, "--rlimit \"\(value)\": not NAME=SOFT[:HARD]",
                remedy: "names: \(kinds.map(\.shortName).sorted().joined(separator: ", "))")
        }
        let numbers = parts[1].split(separator: ":", omittingEmptySubsequences: false).map { text -> UInt64? in
            text == "unlimited" ? .max : strictNumber(String(text), as: UInt64.self)
        }
        guard (1...2).contains(numbers.count), let soft = numbers[0], let hard = numbers[numbers.count - 1] else {
            throw SandboxError(
                .invalidInput, "--rlimit \"\(value)\": not a limit", remedy: "digits or unlimited: nofile=1024:4096")
        }
        guard soft <= hard else {
            throw SandboxError(.invalidInput, "--rlimit \"\(value)\": the soft limit is above the hard one")
        }
        return Spec.Process.RLimit(kind: kind, hard: hard, soft: soft)
    }

    private static func refuseRepeated(_ limits: [Spec.Process.RLimit]) throws(SandboxError) {
        for (index, limit) in limits.enumerated() where limits[..<index].contains(where: { $0.kind == limit.kind }) {
            throw SandboxError(.invalidInput, "--rlimit \(limit.kind.shortName): given twice")
        }
    }
}

extension Spec.Process.RLimit.Kind {
    /// As people write it: `nofile`.
    var shortName: String { rawValue.dropFirst("RLIMIT_".count).lowercased() }
}
