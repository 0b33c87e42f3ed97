/// The read-only snapshot of the host on which a plan rests.
package struct HostFacts: Equatable, Sendable {
    /// Effective uid of the caller, in its own user namespace.
    package var effectiveUID: UInt32
    package var effectiveGID: UInt32
    /// The caller itself is inside a user namespace that is not the host's first.
    package var isInUserNamespace: Bool
    /// Absolute path of the working directory, for relative bundle paths.
    package var workingDirectory: String

    package init(effectiveUID: UInt32, effectiveGID: UInt32, isInUserNamespace: Bool, workingDirectory: String) {
        self.effectiveUID = effectiveUID
        self.effectiveGID = effectiveGID
        self.isInUserNamespace = isInUserNamespace
        self.workingDirectory = workingDirectory
    }

    /// Whether the caller has no real root rights: mknod, file systems with devices and raw cgroups are out of reach.
    package var isRootless: Bool { effectiveUID != 0 || isInUserNamespace }
}
