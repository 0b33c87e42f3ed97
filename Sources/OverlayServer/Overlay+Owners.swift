import LinuxKernel
import OverlayModel

extension Overlay {
    /// The user id to store for one that was set; the highest id, which chown(2) leaves alone, where owners on disk stay
    /// as they are. EINVAL for one without a place in the map.
    func storedUser(_ id: uid_t) throws(Errno) -> uid_t { try Self.stored(options.users, id) }

    func storedGroup(_ id: gid_t) throws(Errno) -> gid_t { try Self.stored(options.groups, id) }

    private static func stored(_ map: OwnerMap, _ id: UInt32) throws(Errno) -> UInt32 {
        switch map.stored(id) {
        case .id(let stored): return stored
        case .unchanged: return .max
        case .unmapped: throw .invalidArgument
        }
    }

    /// Owners as the overlay shows them.
    func presentOwner(_ status: inout stat) {
        if options.squashUnmapped {
            if status.st_uid == Self.overflowID { status.st_uid = options.squashOwner.uid }
            if status.st_gid == Self.overflowID { status.st_gid = options.squashOwner.gid }
        }
        if !options.users.isIdentity { status.st_uid = options.users.shown(status.st_uid) }
        if !options.groups.isIdentity { status.st_gid = options.groups.shown(status.st_gid) }
    }
}
