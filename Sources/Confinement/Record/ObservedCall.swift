import LinuxKernel

/// A waiting call, with what its thread's memory and folders say about its arguments.
package struct ObservedCall {
    private let call: CallNotification
    private let listener: CInt

    init(_ call: CallNotification, listener: CInt) {
        self.call = call
        self.listener = listener
    }

    var arguments: [UInt64] { call.arguments }

    /// Nil when the memory cannot be read, or the thread died meanwhile.
    private func memory(at address: UInt64, limit: Int) -> [UInt8]? {
        if address == 0 { return nil }
        // A pointer that leads nowhere is the command's mistake, and the kernel tells it so.
        guard let bytes = try? readMemory(of: call.thread, at: address, limit: limit),
            isNotificationValid(listener, call.id)
        else { return nil }
        return bytes
    }

    func word(at address: UInt64) -> UInt64? {
        guard let bytes = memory(at: address, limit: 8), bytes.count == 8 else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }

    /// The absolute path inside; nil for one that cannot be told.
    func path(_ place: CallPlace) -> String? {
        guard let bytes = memory(at: arguments[place.path], limit: 4096), let end = bytes.firstIndex(of: 0) else {
            return nil
        }
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        if text.utf8.first == UInt8(ascii: "/") { return Self.normalized(text) }
        let descriptor = place.folder.map { CInt(truncatingIfNeeded: arguments[$0]) } ?? AT_FDCWD
        let link = descriptor == AT_FDCWD ? "cwd" : "fd/\(descriptor)"
        guard let folder = try? readLink("/proc/\(call.thread)/\(link)"), folder.hasPrefix("/") else { return nil }
        return Self.normalized(text.isEmpty ? folder : folder + "/" + text)
    }

    private static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Whether a path is there, inside or at the same place of the host: a FUSE root shows itself to nobody outside.
    func exists(_ path: String) -> Bool { status(of: path) != nil }

    private func status(of path: String) -> stat? {
        if let inside = try? fileStatus(at: nil, "/proc/\(call.thread)/root" + path) { return inside }
        return try? fileStatus(at: nil, path)
    }

    /// The address a call names: connect(2), bind(2), sendto(2), sendmsg(2).
    func address(_ name: String) -> SocketAddress? {
        let pointer: (UInt64, UInt64)?
        switch name {
        case "connect", "bind": pointer = (arguments[1], arguments[2])
        case "sendto": pointer = (arguments[4], arguments[5])
        // A 32-bit program's structure looks otherwise.
        case "sendmsg" where !call.isForeign:
            guard let address = word(at: arguments[1]), let size = word(at: arguments[1] &+ 8) else { return nil }
            pointer = (address, size & 0xffff_ffff)
        default: pointer = nil
        }
        guard let (address, size) = pointer, size >= 2, size <= 128,
            let bytes = memory(at: address, limit: Int(size))
        else { return nil }
        return SocketAddress(bytes)
    }

    /// Whether it sends a request of rtnetlink(7) that asks for more than facts, as far as the message tells.
    func changesRoutes(_ name: String) -> Bool {
        let pointer: UInt64?
        switch name {
        case "sendto": pointer = arguments[1]
        case "sendmsg" where !call.isForeign:
            // The first vector: struct msghdr has the vectors behind name and size.
            pointer = word(at: arguments[1] &+ 16).flatMap { word(at: $0) }
        default: pointer = nil
        }
        guard let pointer, let header = word(at: pointer) else { return false }
        // struct nlmsghdr: length, then the type; of each four types the third asks.
        let type = header >> 32 & 0xffff
        return (16..<256).contains(type) && type % 4 != 2
    }

    // MARK: Rights

    /// Whether the thread has a capability now.
    func has(_ capability: String) -> Bool {
        guard let number = CapabilityName.number(capability), let word = field("CapEff").first,
            let bits = UInt64(word, radix: 16)
        else { return false }
        return bits & (1 << UInt64(number)) != 0
    }

    /// Whether owner, group and mode do not allow the access, so that CAP_DAC_OVERRIDE must.
    func overridesPermissions(of path: String, _ access: PathAccess) -> Bool {
        guard access.reads || access.writes, has("CAP_DAC_OVERRIDE"), let status = status(of: path) else {
            return false
        }
        let uid = field("Uid").dropFirst(3).first.flatMap { UInt32($0) }
        let gid = field("Gid").dropFirst(3).first.flatMap { UInt32($0) }
        let shift = status.st_uid == uid ? 6 : status.st_gid == gid ? 3 : 0
        let mode = status.st_mode >> UInt32(shift)
        return access.reads && mode & 4 == 0 || access.writes && mode & 2 == 0
    }

    /// The words of a line of `/proc/PID/status` (proc(5)).
    private func field(_ name: String) -> [Substring] {
        guard let text = try? readText("/proc/\(call.thread)/status") else { return [] }
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().map { $0 } ?? []
    }
}
