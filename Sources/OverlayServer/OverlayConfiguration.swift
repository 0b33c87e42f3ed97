import LinuxKernel

/// What an overlay is made of and how it behaves.
package struct OverlayConfiguration: ~Copyable, Sendable {
    /// `/dev/fuse`, mounted already.
    package var fuseDevice: Descriptor
    /// Descriptors of the lower folders, topmost first; owned by the caller of `serveOverlay` until it returns.
    package var lowers: [CInt]
    /// The folder that takes the changes; nil makes the overlay read-only (EROFS).
    package var upper: CInt?
    /// An empty folder on the same mount as the upper, for what is being made; needed with an upper.
    package var work: CInt?
    package var options: OverlayOptions

    package init(
        fuseDevice: consuming Descriptor, lowers: [CInt], upper: CInt?, work: CInt?,
        options: OverlayOptions = OverlayOptions()
    ) {
        self.fuseDevice = fuseDevice
        self.lowers = lowers
        self.upper = upper
        self.work = work
        self.options = options
    }
}

/// How an overlay shows its layers.
package struct OverlayOptions: Sendable {
    /// Owners outside the id map (the kernel's overflow id) are shown as `squashOwner`, and become its when copied up.
    package var squashUnmapped = false
    /// Who they become instead of 0, where that is not mapped either: files of an unmapped owner cannot be written.
    package var squashOwner: (uid: uid_t, gid: gid_t) = (0, 0)
    /// The lowers are ordinary trees, like a host's `/`: nothing in them is taken for a whiteout or a mark.
    package var plainLowers = false
    /// The caller promises to discard the upper after a crash: nothing is synced.
    package var volatile = false
    /// How long the kernel may keep names and attributes, in seconds. Anything finite is for lowers that others change.
    package var cacheSeconds: Double = 86400 * 365
    /// Threads that answer requests; 0 chooses by the processors.
    package var threads = 0
    /// The kernel collects small writes and sends them together.
    package var writeback = true
    package var noExtendedAttributes = false
    /// Folders that lower layers have a part in can be renamed; otherwise that is EXDEV, and any overlay reads the upper.
    package var redirectsFolders = true
    /// False for a mount without `default_permissions`: whoever may use it may change everything in it.
    package var enforcesPermissions = true

    package init() {}
}
