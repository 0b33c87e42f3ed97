import Glibc
import LinuxKernel

/// What is seen, beside what should be.
extension Walk {
    func compareAll() throws {
        try compareFolder(root, "")
        for file in held { try compareContent(file.descriptor, file.item) }
    }

    func compareOne() throws {
        let place = place()
        doing = "look at \(place.path)"
        try compare(place.item, place.path)
    }

    func listOne() throws {
        let place = place()
        guard let item = place.item, item.isFolder else { return }
        try compareNames(item, place.path)
    }

    private func compareFolder(_ folder: Item, _ prefix: String) throws {
        try compareNames(folder, prefix.isEmpty ? "." : prefix)
        for (name, item) in folder.children {
            let path = prefix + name
            try compare(item, path)
            if item.isFolder { try compareFolder(item, path + "/") }
        }
    }

    private func compareNames(_ folder: Item, _ path: String) throws {
        doing = "list \(path)"
        guard let stream = opendir(path) else { throw fail("errno \(errno)") }
        defer { closedir(stream) }
        var seen: [String: UInt64] = [:]
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            guard seen.updateValue(UInt64(entry.pointee.d_ino), forKey: name) == nil else {
                throw fail("\(name) is listed twice")
            }
        }
        guard Set(seen.keys) == Set(folder.children.keys) else {
            throw fail("shows \(seen.keys.sorted()), should \(folder.children.keys.sorted())")
        }
        for (name, item) in folder.children {
            if let number = item.number, seen[name] != number {
                throw fail("lists \(name) as inode \(seen[name] ?? 0), which is \(number)")
            }
        }
    }

    private func compare(_ item: Item?, _ path: String) throws {
        doing = "look at \(path)"
        var status = stat()
        let result = lstat(path, &status)
        guard let item else { return try expect(Int(result), ENOENT) }
        try expect(Int(result), 0)
        try compareStatus(status, item)
        switch item.kind {
        case .file:
            let descriptor = open(path, O_RDONLY)
            try expect(Int(descriptor), 0)
            defer { close(descriptor) }
            try compareContent(descriptor, item)
            try compareAttributes(path, item)
        case .folder: try compareAttributes(path, item)
        case .link:
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink(path, &buffer, buffer.count)
            let target = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if target != item.target { throw fail("leads to \(target), should to \(item.target)") }
        case .pipe: break
        }
    }

    func compareStatus(_ status: stat, _ item: Item) throws {
        let kind: mode_t =
            switch item.kind {
            case .folder: S_IFDIR
            case .file: S_IFREG
            case .link: S_IFLNK
            case .pipe: S_IFIFO
            }
        guard status.st_mode == kind | item.mode else {
            throw fail("mode \(String(status.st_mode, radix: 8)), should \(String(kind | item.mode, radix: 8))")
        }
        if let number = item.number, number != status.st_ino { throw fail("inode \(status.st_ino), was \(number)") }
        item.number = UInt64(status.st_ino)
        if item.isFolder { return }
        if Int(status.st_nlink) != item.names { throw fail("\(status.st_nlink) links, should \(item.names)") }
        guard item.kind == .file else { return }
        if Int(status.st_size) != item.data.count { throw fail("size \(status.st_size), should \(item.data.count)") }
        if let modified = item.modified, modified != status.st_mtim.tv_sec {
            throw fail("mtime \(status.st_mtim.tv_sec), should \(modified)")
        }
    }

    func compareContent(_ descriptor: CInt, _ item: Item) throws {
        var bytes = [UInt8](repeating: 0, count: item.data.count + 100)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count == item.data.count else { throw fail("read \(count) bytes, should \(item.data.count)") }
        if let place = (0..<count).first(where: { bytes[$0] != item.data[$0] }) {
            throw fail("byte \(place) of \(count) is \(bytes[place]), should \(item.data[place])")
        }
    }

    private func compareAttributes(_ path: String, _ item: Item) throws {
        let entry = zeroTerminated(path)
        do throws(Errno) {
            let here = try openPath(".", O_PATH | O_DIRECTORY)
            let bytes = try listAttributes(at: here.raw, entry)
            let names = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            var seen: [String: [UInt8]] = [:]
            // The kernel's overlay shows our marks.
            for name in names where name.hasPrefix("user.") && !name.hasPrefix("user.sandbox.overlay.") {
                seen[name] = try getAttribute(at: here.raw, entry, name)
            }
            if seen == item.attributes { return }
            doing += ": attributes \(seen), should \(item.attributes)"
        } catch {
            doing += ": attributes: \(error)"
        }
        throw fail("differs")
    }
}
