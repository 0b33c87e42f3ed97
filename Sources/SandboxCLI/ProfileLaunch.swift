import Confinement
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// A profile by name for `sandbox run`, and its filter.
///
/// A built-in profile's filter was compiled with the executable; for a profile from a file the rules are compiled now.
struct ChosenProfile {
    let launch: LaunchProfile
    let isBuiltin: Bool
    private let name: String
    private let store: ProfileStore

    init(_ name: String, in store: ProfileStore) throws(SandboxError) {
        let builtin = BuiltinProfile.named(name)
        let settings = if let builtin { try builtin.settings() } else { try store.load(name).profile }
        launch = try LaunchProfile(name, settings, hasFilter: builtin.map { $0.program != nil } ?? settings.hasFilter)
        self.name = name
        self.store = store
        isBuiltin = builtin != nil
    }

    /// The filter for a command with these capabilities; nil for a profile that filters nothing.
    ///
    /// No rule of a built-in profile asks for capabilities.
    func filter(_ capabilities: Spec.Process.Capabilities?) throws(SandboxError) -> SeccompProgram? {
        guard launch.hasFilter else { return nil }
        if let builtin = BuiltinProfile.named(name), let program = builtin.program { return program }
        return try within("profile \"\(name)\"") { () throws(SandboxError) in
            try filterCache().program(policy(of: whole(), capabilities))
        }
    }

    /// With everything it extends, its rules too.
    func whole() throws(SandboxError) -> Profile { try store.load(name).profile }

    /// The rules of a whole profile that count for a command with these capabilities.
    func policy(
        of profile: Profile, _ capabilities: Spec.Process.Capabilities?
    ) throws(SandboxError) -> FilterPolicy {
        guard launch.hasFilter else { return FilterPolicy(defaultAction: .allow) }
        return try profile.policy(in: Self.setting(capabilities))
    }

    /// What the conditions of rules are judged by for a command with these capabilities.
    static func setting(_ capabilities: Spec.Process.Capabilities?) throws(SandboxError) -> FilterSetting {
        let set = try CapabilitySet(names: capabilities?.bounding ?? [], at: "process.capabilities.bounding")
        return FilterSetting(capabilities: set, kernel: KernelVersion(kernelRelease()) ?? KernelVersion(5, 10))
    }
}

extension LaunchProfile {
    /// A resolved profile's settings.
    init(_ name: String, _ settings: Profile, hasFilter: Bool) throws(SandboxError) {
        self.init(
            name: name, seccomp: nil, hasFilter: hasFilter, maskedPaths: settings.maskedPaths ?? [],
            readonlyPaths: settings.readonlyPaths ?? [])
        noNewPrivileges = settings.noNewPrivileges ?? true
        if let kinds = settings.namespaces { namespaces = kinds }
        if let plan = try settings.capabilities?.plan(at: "capabilities") {
            capabilities = try plan.specification(isInside: namespaces.contains(.user))
        }
        if let names = settings.environment { environment = names }
        rlimits = try (settings.rlimits ?? [:]).sorted { $0.key < $1.key }.map { (name, limit) throws(SandboxError) in
            try Spec.Process.RLimit(name, limit)
        }
        limits = try ResourceLimits(settings.limits ?? [:])
        switch settings.network {
        case nil, .some(.none): network = .none
        case .user: network = .user(nil)
        case .host: network = .host
        }
        desktop = (settings.desktop ?? []).map(DesktopPart.init)
        if let rules = settings.landlock { landlock = SecondWall(rules) }
    }
}

extension DesktopPart {
    fileprivate init(_ part: Profile.Desktop) {
        switch part {
        case .display: self = .display
        case .sound: self = .sound
        case .gpu: self = .gpu
        }
    }
}

extension ResourceLimits {
    /// Those of a profile: the names of the options, or cgroup files.
    fileprivate init(_ texts: NameTable<String>) throws(SandboxError) {
        self.init()
        for (key, text) in texts.sorted(by: { $0.key < $1.key }) {
            let asked = JSONFailure.path([.key("limits"), .key(key)])
            if key.utf8.contains(UInt8(ascii: ".")) {
                try set(.limit, "\(key)=\(text)", asked: asked)
            } else if let name = Name(rawValue: key), name != .limit {
                try set(name, text, asked: asked)
            } else {
                let known = Name.allCases.filter { $0 != .limit }.map(\.rawValue).joined(separator: ", ")
                throw SandboxError(
                    .invalidInput, "\(asked): no such limit", remedy: "\(known), or a file such as memory.high")
            }
        }
    }
}

/// Where filters of profiles from files are kept: in this user's state folder, which sandboxes do not see.
///
/// In the home of another user, which sudo keeps, root has no cache: the folders there are not its own.
func filterCache() -> FilterCache {
    if let folder = environmentValue("XDG_STATE_HOME"), folder.hasPrefix("/") {
        return FilterCache(folder: folder + "/sandbox/filters")
    }
    return FilterCache(folder: (environmentValue("HOME") ?? "/root") + "/.local/state/sandbox/filters")
}

extension CapabilityPlan {
    /// By name; `ALL` becomes those this kernel has, outside a user namespace those this process has.
    fileprivate func specification(isInside: Bool) throws(SandboxError) -> Spec.Process.Capabilities {
        // No literal: the general initializer for one is slow in another module.
        var all = CapabilitySet(rawValue: 0)
        let sets = [bounding, effective, permitted, inheritable, ambient]
        if sets.contains(.all) { all = Self.kernelSupported() }
        if !isInside {
            let own = try attempt("read the capabilities") { () throws(Errno) in try threadCapabilities() }
            all.formIntersection(CapabilitySet(rawValue: own.permitted))
        }
        func names(_ set: CapabilitySet) -> [String] { (set == .all ? all : set).names }
        return Spec.Process.Capabilities(
            bounding: names(bounding), effective: names(effective), inheritable: names(inheritable),
            permitted: names(permitted), ambient: names(ambient))
    }
}

extension Spec.Process.RLimit {
    /// A profile's limit, as far as this process may set it: the ceiling holds, whoever starts the command.
    fileprivate init(_ name: String, _ limit: Profile.Limit) throws(SandboxError) {
        guard let kind = Kind(rawValue: name) else {
            throw SandboxError(.invalidInput, "rlimits.\(name): unknown limit")
        }
        let present = try attempt("read \(name)") { () throws(Errno) in try resourceLimit(kind.number) }
        let hard = geteuid() == 0 ? limit.hard : min(limit.hard, present.hard)
        self.init(kind: kind, hard: hard, soft: min(limit.soft, hard))
    }
}

extension SecondWall {
    fileprivate init(_ rules: Profile.Landlock) {
        self.init()
        restrictsFiles = rules.files ?? false
        readable = rules.read
        writable = rules.write
        bindPorts = rules.tcpBind
        connectPorts = rules.tcpConnect
        keepsSignals = rules.scope.contains(.signal)
        keepsAbstractSockets = rules.scope.contains(.abstractUnixSocket)
    }
}

extension LandlockRules {
    /// The rules of a decided launch; nil when there are none.
    init?(_ wall: SecondWall) {
        if wall.isEmpty { return nil }
        let paths =
            (wall.readable ?? []).map { Path($0, FileRights.read.union(.deviceRequest)) }
            + (wall.writable ?? []).map { Path($0, .all) }
        self.init(
            paths: wall.restrictsFiles ? paths : nil, bindPorts: wall.bindPorts, connectPorts: wall.connectPorts,
            scopes: (wall.keepsSignals ? [.signal] : []) + (wall.keepsAbstractSockets ? [.abstractUnixSocket] : []))
    }
}

/// The profiles of this process's user, and of the project it works in.
func profileStore() -> ProfileStore {
    var store = ProfileStore(
        home: environmentValue("HOME"), configuration: environmentValue("XDG_CONFIG_HOME"), project: .trusted)
    store.check = { (profile) throws(SandboxError) in _ = try ResourceLimits(profile.limits ?? [:]) }
    return store
}

/// Runs `sandbox profile`.
func runProfileCommand(_ words: [String]) -> CInt {
    var verb = ProfileVerb(output: StandardOutput(), store: profileStore(), release: kernelRelease())
    return verb.run(words)
}
