import Diagnostics
import LinuxKernel
import OverlayModel

/// Ids inside the user namespace.
struct Owner: Equatable {
    var uid: uid_t
    var gid: gid_t
}

extension Unpacker {
    /// Writes the present member's content; holes stay holes.
    func fill(_ file: CInt, _ entry: TarEntry, _ reader: inout TarReader) throws(SandboxError) {
        guard let extents = entry.extents else {
            while true {
                let part = try reader.content()
                if part.isEmpty { return }
                try write(entry) { () throws(Errno) in try writeAll(file, part) }
            }
        }
        try write(entry) { () throws(Errno) in try setSize(of: file, entry.size) }
        var queue = extents.filter { $0.length > 0 }[...]
        while true {
            var part = try reader.content()
            if part.isEmpty { return }
            while !part.isEmpty, let extent = queue.first {
                let count = Int(min(extent.length, Int64(part.count)))
                let piece = UnsafeRawBufferPointer(rebasing: part[..<count])
                try write(entry) { () throws(Errno) in try writeAll(file, piece, at: extent.offset) }
                part = UnsafeRawBufferPointer(rebasing: part[count...])
                queue[queue.startIndex].offset += Int64(count)
                queue[queue.startIndex].length -= Int64(count)
                if queue[queue.startIndex].length == 0 { queue.removeFirst() }
            }
        }
    }

    private func write(_ entry: TarEntry, _ body: () throws(Errno) -> Void) throws(SandboxError) {
        do throws(Errno) { try body() } catch {
            let isFull = error == .noSpace || error == Errno(rawValue: EDQUOT)
            throw SandboxError(
                error, "write its content",
                remedy: isFull ? "make room on the store's disk: sandbox image prune" : nil)
        }
    }

    /// The archive's owner where it is mapped, else root's.
    mutating func owner(of entry: TarEntry) -> Owner {
        let hasUser = users.contains { $0.contains(entry.uid) }
        let hasGroup = groups.contains { $0.contains(entry.gid) }
        if !hasUser || !hasGroup { report.owners += 1 }
        return Owner(uid: hasUser ? uid_t(entry.uid) : 0, gid: hasGroup ? gid_t(entry.gid) : 0)
    }

    /// Sets `user.*` attributes and file capabilities. The overlay's own names are stored as a guest's would be, so that
    /// no archive forges a mark.
    mutating func setAttributes(_ file: CInt, _ entry: TarEntry) throws(Errno) {
        for attribute in entry.attributes {
            let name = shown(attribute.name)
            guard name.hasPrefix("user.") || name == "security.capability", !attribute.name.contains(0) else {
                report.attributes += 1
                continue
            }
            var stored = name
            switch AttributeName.stored(name) {
            case .plain: break
            case .escaped(let other): stored = other
            case .refused:
                report.attributes += 1
                continue
            }
            do { try setAttribute(of: file, stored, attribute.value) } catch {
                let isMissing = [.notSupported, .notPermitted, .outOfRange, .noSpace, .invalidArgument]
                    .contains(error)
                guard isMissing else { throw error }
                report.attributes += 1
            }
        }
    }

    func status(_ name: [CChar]) throws(Errno) -> stat? {
        do { return try entryStatus(at: present, name) } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            return nil
        }
    }

    /// Takes away whatever has a name in the present folder; whether it was a whiteout.
    func clear(_ name: [CChar]) throws(Errno) -> Bool {
        guard let status = try status(name) else { return false }
        if status.isDirectory {
            try emptyAndRemove(at: present, name)
            return false
        }
        try removeEntry(at: present, name)
        return isWhiteout(status)
    }

    private func clear(_ name: [CChar], in folder: CInt) throws(Errno) {
        if try entryStatus(at: folder, name).isDirectory {
            try emptyAndRemove(at: folder, name)
        } else {
            try removeEntry(at: folder, name)
        }
    }

    func isWhiteout(_ status: stat) -> Bool { status.isCharacterDevice && status.st_rdev == 0 }

    /// Whiteouts speak of the layers below only: what the same layer has under the name stays.
    func whiteOut(_ name: [CChar]) throws(Errno) {
        if applies {
            _ = try clear(name)
            return
        }
        if let status = try status(name) {
            if status.isDirectory {
                let there = try openEntry(at: present, name, O_RDONLY | O_DIRECTORY)
                try markOpaque(there.raw)
            }
            return
        }
        do { try makeNode(at: present, name, mode: S_IFCHR, device: 0) } catch {
            // Before Linux 5.8, and on some file systems, only the host's root makes such a node.
            guard error == .notPermitted || error == .notSupported else { throw error }
            let file = try openEntry(at: present, WhiteoutName.of(name), O_WRONLY | O_CREAT, mode: 0o600)
            _ = file.raw
        }
    }

    func markOpaque(_ folder: CInt) throws(Errno) {
        if applies {
            var names: [[CChar]] = []
            try forEachEntry(of: folder) { entry in
                names.append(Array(UnsafeBufferPointer(start: entry.name, count: strlen(entry.name) + 1)))
            }
            for name in names { try clear(name, in: folder) }
            return
        }
        do { try setAttribute(of: folder, "user.overlay.opaque", [UInt8(ascii: "y")]) } catch {
            guard error == .notSupported else { throw error }
            let file = try openEntry(at: folder, WhiteoutName.opaque, O_WRONLY | O_CREAT, mode: 0o600)
            _ = file.raw
        }
    }
}
