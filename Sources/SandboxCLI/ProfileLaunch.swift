import Confinement
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// A profile by name for `sandbox run`, and its filter.
///
/// A built-in profile's filter was compiled with the executable. It holds for a command without capabilities; for one
/// with some, and for a profile from a file, the rules are compiled now.
struct ChosenProfile {
    let launch: LaunchProfile
    private let name: String
    private let store: ProfileStore

    init(_ name: String, in store: ProfileStore) throws(SandboxError) {
        let builtin = BuiltinProfile.named(name)
        let settings = if let builtin { try builtin.settings() } else { try store.load(name).profile }
        launch = LaunchProfile(
            name: name, seccomp: nil, hasFilter: builtin.map { $0.program != nil } ?? settings.hasFilter,
            maskedPaths: settings.maskedPaths ?? [], readonlyPaths: settings.readonlyPaths ?? [])
        self.name = name
        self.store = store
    }

    /// The filter for a command with these capabilities; nil for a profile that filters nothing.
    func filter(_ capabilities: Spec.Process.Capabilities?) throws(SandboxError) -> SeccompProgram? {
        guard launch.hasFilter else { return nil }
        let bounding = capabilities?.bounding ?? []
        if bounding.isEmpty, let program = BuiltinProfile.named(name)?.program { return program }
        let set = try CapabilitySet(names: bounding, at: "process.capabilities.bounding")
        let policy = try store.load(name).profile.policy(in: FilterSetting(capabilities: set))
        return try SeccompProgram.compile(Spec.Linux.Seccomp(policy))
    }
}

/// The profiles of this process's user and working folder.
func profileStore() -> ProfileStore {
    ProfileStore(
        project: environmentValue("PWD"), home: environmentValue("HOME"),
        configuration: environmentValue("XDG_CONFIG_HOME"))
}

/// Runs `sandbox profile`.
func runProfileCommand(_ words: [String]) -> CInt {
    var verb = ProfileVerb(output: StandardOutput(), store: profileStore(), release: kernelRelease())
    return verb.run(words)
}
