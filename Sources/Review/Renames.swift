import LinuxKernel

/// Finds deleted files that are among the added ones under another name, byte for byte.
package enum Renames {
    /// The changes with each found pair as one rename at its new path. Empty files are no evidence of anything.
    ///
    /// - Parameter isSame: whether the deleted file and the added one have the same content.
    package static func joined(
        _ changes: [Change], isSame: (_ deleted: Change, _ added: Change) -> Bool
    ) -> [Change] {
        var gone: [Int64: [Int]] = [:]
        for (index, change) in changes.enumerated() where change.kind == .deleted {
            if let before = change.before, before.kind == .file, before.size > 0 {
                gone[before.size, default: []].append(index)
            }
        }
        if gone.isEmpty { return changes }
        var result = changes
        var dropped = Set<Int>()
        for (index, change) in changes.enumerated() where change.kind == .added {
            guard let after = change.after, after.kind == .file, let all = gone[after.size] else { continue }
            // A few bytes are alike by chance.
            let others = after.size < leastBytes ? [] : all.prefix(mostTried)
            let candidates = all.filter { changes[$0].path.name == change.path.name } + others
            guard let match = candidates.first(where: { !dropped.contains($0) && isSame(changes[$0], change) }) else {
                continue
            }
            dropped.insert(match)
            gone[after.size]?.removeAll { $0 == match }
            result[index].before = changes[match].before
            result[index].origin = changes[match].path
            result[index].contentDiffers = false
        }
        return result.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
    }

    /// Smaller files with another name are not taken for renamed.
    private static let leastBytes = 64
    /// Of many files of one size not all are compared.
    private static let mostTried = 16

    /// The pairs among an overlay's changes.
    package static func joined(_ changes: [Change], upper: CInt, lower: CInt) -> [Change] {
        joined(changes) { deleted, added in
            // What cannot be read is shown as deleted and added.
            do throws(Errno) {
                let old = try openPlace(lower, deleted.path, O_RDONLY | O_NONBLOCK)
                let new = try openPlace(upper, added.path, O_RDONLY | O_NONBLOCK)
                return try hasSameBytes(old.raw, new.raw)
            } catch { return false }
        }
    }
}
