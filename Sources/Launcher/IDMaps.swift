import RuntimeSpec

/// How the ids inside a sandbox stand for ids of the host.
package struct IDMaps: Equatable, Sendable {
    /// Who writes `uid_map` and `gid_map`, which user_namespaces(7) allows to few.
    package enum Writer: Equatable, Sendable {
        /// This program, in one write each.
        case direct
        /// The setuid helpers, at these absolute paths.
        case helpers(newuidmap: String, newgidmap: String)
    }

    package var users: [Spec.Linux.IDMapping]
    package var groups: [Spec.Linux.IDMapping]
    package var writer: Writer
    /// Why only the caller's own id exists inside; nil when 0–65535 are there.
    package var shortage: Shortage?

    /// What keeps a sandbox to one id.
    package enum Shortage: Equatable, Sendable {
        case noSubordinateIDs(user: String)
        /// The file grants ids that do not exist in the user namespace this process is in.
        case idsOutsideNamespace(user: String)
        case helperMissing(String)
        case helperPowerless(String, ExecutablePrivilege)
        /// newuidmap(1) compares the group with passwd(5).
        case foreignGroup(gid: UInt32, login: UInt32)
        /// Root without CAP_SETUID or CAP_SETGID.
        case noCapability
    }

    /// Whether `id` of the container exists.
    package func hasUser(_ id: UInt32) -> Bool { users.contains { $0.covers(id) } }
    package func hasGroup(_ id: UInt32) -> Bool { groups.contains { $0.covers(id) } }
}

extension Spec.Linux.IDMapping {
    func covers(_ id: UInt32) -> Bool { id >= containerID && id - containerID < size }
}

extension IDMaps {
    /// Ids that a complete sandbox has inside: 0–65535, as every distribution's packages expect.
    static let wanted: UInt32 = 65536

    /// A map in which `own` of the host is `inside`, and the other ids below `wanted` come from `ranges` in order.
    ///
    /// With inside = 1000 that is `[0, 1000)` from the ranges, 1000 itself, `(1000, 65535]` from the ranges again.
    /// An id outside 0–65535 keeps its number and comes after them. Runs out when the ranges do.
    ///
    /// - Parameter present: the lines of this process's own map: no line may reach over two of them.
    package static func punched(
        own: UInt32, inside: UInt32, ranges: [IDRange], present: [IDRange] = []
    ) -> [Spec.Linux.IDMapping] {
        var map: [Spec.Linux.IDMapping] = []
        var sources = ranges.flatMap { without(own, $0) }
        var next: UInt32 = 0
        func fill(upTo end: UInt32) {
            while next < end, let source = sources.first {
                let count = min(source.count, end - next)
                map.append(Spec.Linux.IDMapping(containerID: next, hostID: source.start, size: count))
                next += count
                sources.removeFirst()
                if let rest = IDRange(start: source.start + count, count: source.count - count) {
                    sources.insert(rest, at: 0)
                }
            }
        }
        fill(upTo: min(inside, wanted))
        map.append(Spec.Linux.IDMapping(containerID: inside, hostID: own, size: 1))
        if inside < wanted {
            next = inside + 1
            fill(upTo: wanted)
        }
        return merged(map, starts: Set(present.map(\.start)))
    }

    /// `range` without `id`: a host id may stand in a map once.
    private static func without(_ id: UInt32, _ range: IDRange) -> [IDRange] {
        guard range.contains(id) else { return [range] }
        return [
            IDRange(start: range.start, count: id - range.start), IDRange(start: id + 1, count: range.end - id - 1),
        ].compactMap { $0 }
    }

    /// Neighbours that continue each other on both sides become one line; the kernel takes at most 340.
    private static func merged(_ map: [Spec.Linux.IDMapping], starts: Set<UInt32>) -> [Spec.Linux.IDMapping] {
        var result: [Spec.Linux.IDMapping] = []
        for entry in map {
            if let last = result.last, UInt64(last.containerID) + UInt64(last.size) == UInt64(entry.containerID),
                UInt64(last.hostID) + UInt64(last.size) == UInt64(entry.hostID), !starts.contains(entry.hostID)
            {
                result[result.count - 1].size += entry.size
            } else {
                result.append(entry)
            }
        }
        return result
    }
}

/// What the id maps are chosen from.
package struct IdentityFacts: Equatable, Sendable {
    package var account: Account
    package var uid: UInt32
    package var gid: UInt32
    package var groupName: String?
    /// Granted by subuid(5), and existing in this user namespace.
    package var subordinateUsers: [IDRange] = []
    package var subordinateGroups: [IDRange] = []
    /// Ids of this process's own user namespace (`/proc/self/uid_map`).
    package var presentUsers: [IDRange] = []
    package var presentGroups: [IDRange] = []
    /// The files grant ids, and none of them exists here.
    package var grantsOutsideNamespace = false
    package var helpers = MapHelpers()
    /// CAP_SETUID and CAP_SETGID are effective.
    package var mayWriteMaps = false

    package init(account: Account, uid: UInt32, gid: UInt32) {
        self.account = account
        self.uid = uid
        self.gid = gid
    }
}

extension IDMaps {
    /// A block of host ids that no user has: the last 65,536 of those systemd sets aside for containers
    /// (UIDS-GIDS, 524288–1879048191). Root without subordinate ids takes it, so that a process that becomes
    /// another user inside is nobody's user outside.
    package static let spareBlock = [IDRange(start: 0x6FFF_0000, count: 65536)].compactMap { $0 }

    /// The maps for a caller: its own ids punched into 0–65535, or as 0 inside with `asRoot`.
    package static func choose(_ facts: IdentityFacts, asRoot: Bool) -> IDMaps {
        let uid = asRoot ? 0 : facts.uid
        let gid = asRoot ? 0 : facts.gid
        if let shortage = shortage(facts) {
            return IDMaps(
                users: punched(own: facts.uid, inside: uid, ranges: []),
                groups: punched(own: facts.gid, inside: gid, ranges: []), writer: .direct, shortage: shortage)
        }
        let users = sources(facts.subordinateUsers, present: facts.presentUsers, facts)
        let groups = sources(facts.subordinateGroups, present: facts.presentGroups, facts)
        return IDMaps(
            users: punched(own: facts.uid, inside: uid, ranges: users, present: facts.presentUsers),
            groups: punched(own: facts.gid, inside: gid, ranges: groups, present: facts.presentGroups),
            writer: writer(facts), shortage: nil)
    }

    private static func writer(_ facts: IdentityFacts) -> Writer {
        guard !facts.mayWriteMaps, let user = facts.helpers.newuidmap, let group = facts.helpers.newgidmap else {
            return .direct
        }
        return .helpers(newuidmap: user.path, newgidmap: group.path)
    }

    private static func shortage(_ facts: IdentityFacts) -> Shortage? {
        if facts.uid == 0 { return facts.mayWriteMaps ? nil : .noCapability }
        if facts.subordinateUsers.isEmpty || facts.subordinateGroups.isEmpty {
            return facts.grantsOutsideNamespace
                ? .idsOutsideNamespace(user: facts.account.name) : .noSubordinateIDs(user: facts.account.name)
        }
        if facts.mayWriteMaps { return nil }
        if facts.gid != facts.account.gid { return .foreignGroup(gid: facts.gid, login: facts.account.gid) }
        for (name, helper) in [("newuidmap", facts.helpers.newuidmap), ("newgidmap", facts.helpers.newgidmap)] {
            guard let helper else { return .helperMissing(name) }
            switch helper.privilege {
            case .setuidRoot, .fileCapability: continue
            case .none, .onNoSuidMount: return .helperPowerless(helper.path, helper.privilege)
            }
        }
        return nil
    }

    /// Where the ids of others come from: the granted ones; for root without any the spare block, or, inside a
    /// container that does not have it, this namespace's own ids.
    private static func sources(_ granted: [IDRange], present: [IDRange], _ facts: IdentityFacts) -> [IDRange] {
        if !granted.isEmpty || facts.uid != 0 { return granted }
        if SubordinateIDs.limit(spareBlock, to: present) == spareBlock { return spareBlock }
        return SubordinateIDs.limit([IDRange(start: 1, count: wanted - 1)].compactMap { $0 }, to: present)
    }
}
