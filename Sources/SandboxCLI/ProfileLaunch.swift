import Confinement
import Diagnostics
import Launcher
import LinuxKernel
import RuntimeSpec

/// What a profile of any origin contributes to `sandbox run`.
func launchProfile(_ name: String, in store: ProfileStore) throws(SandboxError) -> LaunchProfile {
    let entry = try store.load(name)
    let profile = entry.profile
    var seccomp: Spec.Linux.Seccomp?
    if profile.hasFilter {
        let capabilities = try CapabilitySet(names: profile.capabilities?.bounding ?? [], at: "capabilities.bounding")
        seccomp = try Spec.Linux.Seccomp(profile.policy(in: FilterSetting(capabilities: capabilities)))
    }
    return LaunchProfile(
        name: name, seccomp: seccomp, maskedPaths: profile.maskedPaths ?? [], readonlyPaths: profile.readonlyPaths ?? []
    )
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
