import Glibc
import LinuxKernel

/// The operations on what files hold.
extension Walk {
    private static let most = 40000

    func write(_ bytes: [UInt8], at offset: Int, _ descriptor: CInt, _ item: Item) throws {
        if bytes.isEmpty { return }
        let count = pwrite(descriptor, bytes, bytes.count, off_t(offset))
        guard count == bytes.count else { throw fail("wrote \(count) of \(bytes.count) bytes, errno \(errno)") }
        item.put(bytes, at: offset)
    }

    func changeMode() throws {
        let place = place()
        guard let item = place.item, item.kind != .link else { return }
        let mode = mode_t((item.isFolder ? 0o700 : 0o600) | dice.below(0o100))
        doing = "chmod \(place.path)"
        try expect(Int(chmod(place.path, mode)), 0)
        item.mode = mode
    }

    func changeAttribute() throws {
        let place = place()
        guard let item = place.item, item.kind == .file || item.isFolder else { return }
        let name = ["user.one", "user.two", "user.overlay.opaque", "user.overlay.redirect"][dice.below(4)]
        let removes = dice.chance(1, in: 3)
        doing = "\(removes ? "removexattr" : "setxattr") \(name) of \(place.path)"
        let value = dice.bytes(1 + dice.below(20))
        do throws(Errno) {
            let here = try openPath(".", O_PATH | O_DIRECTORY)
            if removes {
                try removeAttribute(at: here.raw, zeroTerminated(place.path), name)
            } else {
                try setAttribute(at: here.raw, zeroTerminated(place.path), name, value)
            }
        } catch {
            guard removes, error.rawValue == ENODATA, item.attributes[name] == nil else { throw fail("\(error)") }
            return
        }
        if removes, item.attributes[name] == nil { throw fail("removed what was not there") }
        item.attributes[name] = removes ? nil : value
    }

    func changeTimes() throws {
        let place = place()
        guard let item = place.item else { return }
        doing = "utimensat \(place.path)"
        let seconds = 1_000_000_000 + dice.below(500_000_000)
        let times = [timespec(tv_sec: 5, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        try expect(Int(utimensat(AT_FDCWD, place.path, times, AT_SYMLINK_NOFOLLOW)), 0)
        if item.kind == .file { item.modified = seconds }
    }

    func truncate() throws {
        let place = place()
        guard let item = place.item, item.kind == .file else { return }
        if dice.chance(1, in: 2) {
            doing = "open O_TRUNC \(place.path)"
            let descriptor = open(place.path, O_WRONLY | O_TRUNC)
            try expect(Int(descriptor), 0)
            close(descriptor)
            return item.resize(0)
        }
        let size = dice.below(Self.most)
        doing = "truncate \(place.path) to \(size)"
        try expect(Int(Glibc.truncate(place.path, off_t(size))), 0)
        item.resize(size)
    }

    func hold() throws {
        let place = place()
        guard let item = place.item, item.kind == .file else { return }
        if held.count > 12 { release() }
        let (writes, appends) = (dice.chance(1, in: 2), dice.chance(1, in: 4))
        doing = "open \(place.path)"
        let descriptor = open(place.path, writes ? O_RDWR | (appends ? O_APPEND : 0) : O_RDONLY)
        try expect(Int(descriptor), 0)
        held.append(Held(descriptor: descriptor, item: item, writes: writes, appends: appends))
    }

    func release() {
        guard !held.isEmpty else { return }
        close(held.remove(at: dice.below(held.count)).descriptor)
    }

    func releaseAll() { while !held.isEmpty { release() } }

    func useHeld() throws {
        guard !held.isEmpty else { return }
        let file = held[dice.below(held.count)]
        let offset = dice.below(Self.most / 2)
        doing = "a held file of \(file.item.names) names"
        switch dice.below(file.writes ? 6 : 2) {
        case 0: try compareContent(file.descriptor, file.item)
        case 1:
            var status = stat()
            try expect(Int(fstat(file.descriptor, &status)), 0)
            try compareStatus(status, file.item)
        case 2:
            doing += ": ftruncate"
            try expect(Int(ftruncate(file.descriptor, off_t(offset))), 0)
            file.item.resize(offset)
        case 3:
            doing += ": punch a hole"
            guard file.item.data.count > offset else { return }
            let length = min(5000, file.item.data.count - offset)
            let mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
            try expect(Int(fallocate(file.descriptor, CInt(mode), off_t(offset), off_t(length))), 0)
            file.item.put([UInt8](repeating: 0, count: length), at: offset)
        default:
            doing += ": write at \(offset)\(file.appends ? ", appending" : "")"
            if file.item.data.count > Self.most { return }
            try write(
                dice.bytes(dice.below(9000)), at: file.appends ? file.item.data.count : offset, file.descriptor,
                file.item)
            if dice.chance(1, in: 8) { try expect(Int(fsync(file.descriptor)), 0) }
        }
    }

    func copyBetweenHeld() throws {
        guard held.count > 1 else { return }
        let (source, target) = (held[dice.below(held.count)], held[dice.below(held.count)])
        guard target.writes, !target.appends, source.item !== target.item, source.item.data.count > 10 else { return }
        doing = "copy_file_range"
        var (from, to) = (off64_t(dice.below(source.item.data.count)), off64_t(dice.below(Self.most / 2)))
        let (start, place) = (Int(from), Int(to))
        let count = copy_file_range(source.descriptor, &from, target.descriptor, &to, 5000, 0)
        try expect(count, 0)
        guard count == min(5000, source.item.data.count - start) else { throw fail("copied \(count) bytes") }
        target.item.put(Array(source.item.data[start..<(start + count)]), at: place)
    }

    /// Writes through a shared mapping.
    func mapHeld() throws {
        guard let file = held.first(where: { $0.writes && $0.item.data.count > 5000 }) else { return }
        doing = "mmap"
        let size = file.item.data.count
        guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor, 0),
            memory != MAP_FAILED
        else { throw fail("errno \(errno)") }
        let bytes = dice.bytes(100)
        let offset = dice.below(size - 100)
        memory.advanced(by: offset).copyMemory(from: bytes, byteCount: bytes.count)
        if dice.chance(1, in: 2) { msync(memory, size, CInt(MS_SYNC)) }
        munmap(memory, size)
        file.item.put(bytes, at: offset)
    }
}

/// A path as the entry calls take it.
func zeroTerminated(_ path: String) -> [CChar] { Array(path.utf8CString) }
