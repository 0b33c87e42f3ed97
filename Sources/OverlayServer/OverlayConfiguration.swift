import LinuxKernel
import OverlayModel

/// What an overlay is made of and how it behaves.
package struct OverlayConfiguration: ~Copyable, Sendable {
    /// `/dev/fuse`, mounted already.
    package var fuseDevice: Descriptor
    /// Descriptors of the lower folders, topmost first, none for an upper that is the whole tree (`writesThrough`); owned by the caller of `serveOverlay` until it returns.
    package var lowers: [CInt]
    /// The folder that takes the changes; nil makes the overlay read-only (EROFS).
    package var upper: CInt?
    /// An empty folder on the same mount as the upper, for what is being made; needed with an upper that has lowers.
    package var work: CInt?
    package var options: OverlayOptions

    /// The work folder that is marked while the upper is written without syncing.
    var markedWork: CInt? { options.volatile && options.keepsUpper ? work : nil }

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
    /// The upper is an ordinary tree that others change too, and all there is: nothing in it is taken for a whiteout or a
    /// mark, and what is done is done to it.
    package var writesThrough = false
    /// Files and folders of unmapped owners in plain lowers that this process may not read are not shown.
    package var hidesUnreadable = false
    /// The caller promises to discard the upper after a crash: nothing is synced.
    package var volatile = false
    /// How long the kernel may keep names and attributes, in seconds. Anything finite is for lowers that others change.
    package var cacheSeconds: Double = 86400 * 365
    /// Threads that answer requests; 0 chooses by the processors.
    package var threads = 0
    /// The kernel collects small writes and sends them together.
    package var writeback = true
    package var noExtendedAttributes = false
    /// Files are opened and closed without a request, where nothing stands against it. A lower file that is opened for
    /// writing is then copied up by what is first written, not by being opened.
    package var opensUnasked = false
    /// Folders that lower layers have a part in can be renamed; otherwise that is EXDEV, and any overlay reads the upper.
    package var redirectsFolders = true
    /// Names of one lower file go on meaning one file when it was copied up, which takes the work folder's index; without
    /// it each name gets a copy of its own, as in the kernel's overlay.
    package var keepsLinks = true
    /// How owners on disk are shown.
    package var users = OwnerMap()
    package var groups = OwnerMap()
    /// What is hidden and what is denied.
    package var rules = PathRules()
    /// Descriptors, open for appending, that take a JSON line for each file used for the first time, made, deleted or
    /// looked up in vain (`trace`), and for each refusal by a rule (`trace` and `events`).
    package var trace: CInt?
    package var events: CInt?
    /// What the upper may hold.
    package var quota: Quota?
    /// Whether the upper can be used again after this server; a private tmpfs cannot.
    package var keepsUpper = true
    /// False for a mount without `default_permissions`: whoever may use it may change everything in it.
    package var enforcesPermissions = true

    /// A limit of the upper: ENOSPC beyond it.
    package struct Quota: Sendable {
        package var bytes: UInt64
        package var inodes: UInt64?

        package init(bytes: UInt64, inodes: UInt64? = nil) {
            self.bytes = bytes
            self.inodes = inodes
        }
    }

    /// Without the write cache ENOSPC comes from write(2) itself and not from a later one.
    var usesWriteback: Bool { writeback && quota == nil && !writesThrough }

    /// Whether a layer is an ordinary tree; 0 is the upper.
    func isPlain(_ layer: Int) -> Bool { layer == 0 ? writesThrough : plainLowers }

    package init() {}
}
