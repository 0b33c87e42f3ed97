import Glibc
import LinuxKernel

/// The operations that change names.
extension Walk {
    func makeFile() throws {
        let place = place(taken: dice.chance(1, in: 3))
        let isExclusive = dice.chance(1, in: 2)
        let mode = mode_t(0o600 | dice.below(0o100))
        doing = "create \(place.path)"
        let descriptor = open(place.path, O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW | (isExclusive ? O_EXCL : 0), mode)
        defer { if descriptor >= 0 { close(descriptor) } }
        if let item = place.item {
            if isExclusive { return try expect(Int(descriptor), EEXIST) }
            return try expect(Int(descriptor), item.isFolder ? EISDIR : item.kind == .link ? ELOOP : 0)
        }
        try expect(Int(descriptor), 0)
        let item = Item(.file, mode: mode)
        place.folder.children[place.name] = item
        let bytes = dice.bytes(dice.below(9000))
        try write(bytes, at: 0, descriptor, item)
    }

    func makeFolder() throws {
        let place = place(taken: dice.chance(1, in: 4))
        doing = "mkdir \(place.path)"
        let mode = mode_t(0o700 | dice.below(0o100))
        try expect(Int(mkdir(place.path, mode)), place.item == nil ? 0 : EEXIST)
        if place.item == nil { place.folder.children[place.name] = Item(.folder, mode: mode) }
    }

    func makeOther() throws {
        let place = place(taken: dice.chance(1, in: 4))
        let isPipe = dice.chance(1, in: 3)
        doing = "\(isPipe ? "mkfifo" : "symlink") \(place.path)"
        let item = Item(isPipe ? .pipe : .link, mode: isPipe ? 0o640 : 0o777)
        item.target = "somewhere/\(dice.below(1000))"
        let result = isPipe ? mkfifo(place.path, 0o640) : symlink(item.target, place.path)
        try expect(Int(result), place.item == nil ? 0 : EEXIST)
        if place.item == nil { place.folder.children[place.name] = item }
    }

    func remove() throws {
        let place = place()
        doing = "unlink \(place.path)"
        let result = unlink(place.path)
        guard let item = place.item else { return try expect(Int(result), ENOENT) }
        try expect(Int(result), item.isFolder ? EISDIR : 0)
        if item.isFolder { return }
        item.names -= 1
        place.folder.children[place.name] = nil
    }

    func removeFolder() throws {
        let place = place()
        doing = "rmdir \(place.path)"
        let result = rmdir(place.path)
        guard let item = place.item else { return try expect(Int(result), ENOENT) }
        try expect(Int(result), !item.isFolder ? ENOTDIR : item.children.isEmpty ? 0 : ENOTEMPTY)
        if item.isFolder, item.children.isEmpty { place.folder.children[place.name] = nil }
    }

    func rename() throws {
        let from = place()
        let to = place(taken: dice.chance(1, in: 2))
        let choice = dice.below(8)
        let (noReplace, exchange) = (choice == 0, choice == 1)
        if isTooDeep(from, at: to) || exchange && isTooDeep(to, at: from) { return }
        doing = "rename\(noReplace ? " NOREPLACE" : exchange ? " EXCHANGE" : "") \(from.path) to \(to.path)"
        let flags = UInt32(noReplace ? RENAME_NOREPLACE : exchange ? RENAME_EXCHANGE : 0)
        let answer = renameAnswer(
            from, to, noReplace: noReplace, exchange: exchange, redirects: rules.redirects)
        try expect(Int(renameat2(AT_FDCWD, from.path, AT_FDCWD, to.path, flags)), answer)
        if answer == 0 { move(from, to, exchange: exchange) }
    }

    /// Whether a move makes paths that a system call refuses: long walks would get there.
    private func isTooDeep(_ place: Place, at target: Place) -> Bool {
        guard let item = place.item, item.isFolder else { return false }
        return target.path.split(separator: "/").count + item.height > 12
    }

    func link() throws {
        guard rules.links else { return }
        let from = place()
        let to = place(taken: dice.chance(1, in: 4))
        doing = "link \(from.path) to \(to.path)"
        let result = Glibc.link(from.path, to.path)
        guard let item = from.item else { return try expect(Int(result), ENOENT) }
        try expect(Int(result), to.item != nil ? EEXIST : item.isFolder ? EPERM : 0)
        guard to.item == nil, !item.isFolder else { return }
        item.names += 1
        to.folder.children[to.name] = item
    }

    /// A file without a name that gets one afterwards (O_TMPFILE, linkat(2)).
    func anonymous() throws {
        let place = place(taken: false)
        let folder = place.path == place.name ? "." : String(place.path.dropLast(place.name.count + 1))
        doing = "O_TMPFILE for \(place.path)"
        let descriptor = open(folder, O_TMPFILE | O_RDWR, 0o640)
        // A kernel before 6.1 has no O_TMPFILE on FUSE.
        if descriptor < 0, errno == EOPNOTSUPP { return }
        try expect(Int(descriptor), 0)
        defer { close(descriptor) }
        let item = Item(.file, mode: 0o640)
        try write(dice.bytes(dice.below(5000)), at: 0, descriptor, item)
        let result = linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, place.path, AT_SYMLINK_FOLLOW)
        try expect(Int(result), place.item == nil ? 0 : EEXIST)
        if place.item == nil { place.folder.children[place.name] = item }
    }
}
