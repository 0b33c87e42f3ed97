/// Host ids from `start`, `count` of them; never empty, never beyond 2³²−1.
package struct IDRange: Equatable, Sendable {
    package var start: UInt32
    package var count: UInt32

    package init?(start: UInt32, count: UInt32) {
        guard count > 0, UInt64(start) + UInt64(count) <= UInt64(UInt32.max) else { return nil }
        self.start = start
        self.count = count
    }

    /// One past the last id.
    package var end: UInt32 { start + count }

    package func contains(_ id: UInt32) -> Bool { id >= start && id < end }

    /// The ids both have.
    package func intersection(_ other: IDRange) -> IDRange? {
        let low = max(start, other.start)
        let high = min(end, other.end)
        return low < high ? IDRange(start: low, count: high - low) : nil
    }
}

package enum SubordinateIDs {
    /// Which of the two files.
    package enum Kind: String, Sendable {
        case users = "/etc/subuid"
        case groups = "/etc/subgid"
    }

    /// The ranges that subuid(5) grants to a user by name or by number, in the file's order, overlaps cut away.
    ///
    /// Malformed lines are passed over, as newuidmap(1) passes over them: it decides in the end.
    package static func parse(_ text: String, name: String, uid: UInt32) -> [IDRange] {
        var ranges: [IDRange] = []
        for line in lines(text) {
            let parts = fields(line)
            guard parts.count == 3, Paths.same(parts[0], name) || strictNumber(parts[0], as: UInt32.self) == uid,
                let start = strictNumber(parts[1], as: UInt32.self),
                let count = strictNumber(parts[2], as: UInt32.self),
                let range = IDRange(start: start, count: count)
            else { continue }
            ranges.append(range)
        }
        return disjoint(ranges)
    }

    /// The ranges as getsubids(1) prints them: `0: NAME START COUNT`.
    package static func parseProgramOutput(_ text: String) -> [IDRange] {
        disjoint(
            lines(text).compactMap { line in
                let parts = words(line)
                guard parts.count == 4, let start = strictNumber(parts[2], as: UInt32.self),
                    let count = strictNumber(parts[3], as: UInt32.self)
                else { return nil }
                return IDRange(start: start, count: count)
            })
    }

    /// The ranges a user has been granted: the file's, else what `getsubids` knows (a `subid:` line in
    /// nsswitch.conf(5), as FreeIPA sets).
    package static func find(_ kind: Kind, account: Account, files: some HostFiles) -> [IDRange] {
        if let text = files.text(kind.rawValue) {
            let ranges = parse(text, name: account.name, uid: account.uid)
            if !ranges.isEmpty { return ranges }
        }
        guard let switches = files.text("/etc/nsswitch.conf"),
            lines(switches).contains(where: { $0.utf8.starts(with: "subid:".utf8) })
        else { return [] }
        let arguments = kind == .users ? [account.name] : ["-g", account.name]
        return files.lookUp("getsubids", arguments).map(parseProgramOutput) ?? []
    }

    /// The part of `ranges` that exists in the user namespace this process is in (`/proc/self/uid_map`): inside a
    /// container the ids of subuid(5) may be there in the file and absent in the namespace.
    package static func limit(_ ranges: [IDRange], to present: [IDRange]) -> [IDRange] {
        ranges.flatMap { range in present.compactMap { range.intersection($0) } }
    }

    /// The ids a map file of user_namespaces(7) defines for the namespace's own side.
    package static func parseMap(_ text: String) -> [IDRange] {
        lines(text).compactMap { line in
            let parts = words(line)
            guard parts.count == 3, let start = strictNumber(parts[0], as: UInt32.self),
                let count = strictNumber(parts[2], as: UInt32.self)
            else { return nil }
            return IDRange(start: start, count: min(count, UInt32.max - start))
        }
    }

    /// The first id above all that the two files grant to anyone, 100000 at least, for a proposal that collides with
    /// nobody; 100000 again when they reach to the end.
    package static func firstFree(files: some HostFiles) -> UInt32 {
        let least: UInt32 = 100_000
        var first = least
        for file in [Kind.users, .groups] {
            for line in lines(files.text(file.rawValue) ?? "") {
                let parts = fields(line)
                guard parts.count == 3, let start = strictNumber(parts[1], as: UInt32.self),
                    let count = strictNumber(parts[2], as: UInt32.self), let range = IDRange(start: start, count: count)
                else { continue }
                first = max(first, range.end)
            }
        }
        return first <= UInt32.max - 65536 ? first : least
    }

    /// Each id once, in the range that names it first: an id map that names one twice is refused by the kernel.
    private static func disjoint(_ ranges: [IDRange]) -> [IDRange] {
        var result: [IDRange] = []
        for range in ranges {
            var pieces = [range]
            for taken in result { pieces = pieces.flatMap { cut($0, by: taken) } }
            result += pieces
        }
        return result
    }

    private static func cut(_ range: IDRange, by taken: IDRange) -> [IDRange] {
        guard let common = range.intersection(taken) else { return [range] }
        return [
            IDRange(start: range.start, count: common.start - range.start),
            IDRange(start: common.end, count: range.end - common.end),
        ].compactMap { $0 }
    }
}
