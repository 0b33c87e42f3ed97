import Diagnostics
import LinuxKernel

/// Compiled filters in a folder of the caller's own, by the content they were made from.
///
/// A file is named by a hash and holds all of that content, which is compared byte by byte: two policies of one hash
/// cannot be taken for each other. Folder and file must belong to this user, and nobody else may write them; for
/// writing the folders above belong to this user or the system, too. Whatever is wrong only means that the filter is
/// compiled again.
package struct FilterCache: Sendable {
    private let folder: String
    /// More filters than this are cleared away: who makes a new policy each time gains nothing by a cache.
    private let most: Int
    private static let magic = Array("sandbox filter 1\n".utf8)

    package init(folder: String, most: Int = 128) {
        self.folder = folder
        self.most = most
    }

    /// The policy's program, from the cache or compiled and put there.
    package func program(
        _ policy: FilterPolicy, native: SyscallArchitecture = .native
    ) throws(SandboxError) -> SeccompProgram {
        let content = Self.content(policy, native)
        let name = "\(String(Self.hash(content), radix: 16)).bpf"
        if let known = read(name, content) { return known }
        let program = try FilterCompiler(policy, native: native).compile()
        // A cache that cannot be written costs the next start a millisecond; it is no reason to stop this one.
        // What a program warns of is told at each start.
        do { if program.warnings.isEmpty { try write(name, Self.encoded(content, program)) } } catch {}
        return program
    }

    // MARK: Content

    /// All that a program depends on, one after the other; numbers as 8 bytes, so that no two policies look the same.
    private static func content(_ policy: FilterPolicy, _ native: SyscallArchitecture) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 << 10)
        func put(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        func put(_ text: String) {
            put(UInt64(text.utf8.count))
            bytes.append(contentsOf: text.utf8)
        }
        put(UInt64(FilterCompiler.version))
        put(native.text)
        put(policy.order == .firstMatch ? 1 : 0)
        put(UInt64(policy.defaultAction.verdict) << 32 | UInt64(policy.flags.rawValue))
        put(UInt64(policy.architectures.count))
        for architecture in policy.architectures { put(architecture.text) }
        put(UInt64(SyscallName.count))
        for rule in policy.rules {
            put(UInt64(rule.action.verdict) << 32 | UInt64(rule.conditions.count) << 16 | UInt64(rule.names.count))
            for condition in rule.conditions {
                put(UInt64(condition.index) << 8 | condition.comparison.code)
                put(condition.value)
                put(condition.valueTwo)
            }
            for name in rule.names { put(name) }
        }
        return bytes
    }

    /// FNV-1a over words.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset + 8 <= buffer.count {
                hash = (hash ^ buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01b3
                hash ^= hash >> 29
                offset += 8
            }
            for byte in buffer[offset...] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return hash
    }

    // MARK: Files

    private static func encoded(_ content: [UInt8], _ program: SeccompProgram) -> [UInt8] {
        var bytes = magic
        func put(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        let code = program.bytes
        put(UInt64(content.count))
        put(UInt64(code.count))
        put(UInt64(program.flags.rawValue))
        put(hash(code))
        bytes += content
        bytes += code
        return bytes
    }

    private func read(_ name: String, _ content: [UInt8]) -> SeccompProgram? {
        do throws(Errno) {
            // What this user alone may have written is believed, whatever leads there.
            let directory = try openPath(folder, O_PATH | O_DIRECTORY)
            guard try isOurs(fileStatus(at: directory.raw)) else { return nil }
            return Self.decoded(try contents(at: directory.raw, name), content)
        } catch { return nil }
    }

    /// A plain file of ours, and no other.
    private func contents(at directory: CInt, _ name: String) throws(Errno) -> [UInt8] {
        let file = try openPath(at: directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        let status = try fileStatus(at: file.raw)
        guard status.isRegular, isOurs(status) else { throw .permissionDenied }
        return try readAll(file.raw, limit: 1 << 20)
    }

    /// Nobody but this user may have written it.
    private func isOurs(_ status: stat) -> Bool { status.st_uid == geteuid() && status.st_mode & 0o022 == 0 }

    private static func decoded(_ bytes: [UInt8], _ content: [UInt8]) -> SeccompProgram? {
        let head = magic.count + 32
        guard bytes.count >= head, bytes.starts(with: magic) else { return nil }
        return bytes.withUnsafeBytes { buffer -> SeccompProgram? in
            func number(_ index: Int) -> Int {
                Int(truncatingIfNeeded: buffer.loadUnaligned(fromByteOffset: magic.count + 8 * index, as: UInt64.self))
            }
            guard number(0) == content.count, number(1) >= 0, number(1) <= FilterInstruction.mostPerProgram * 8,
                buffer.count == head + content.count + number(1)
            else { return nil }
            let kept = UnsafeRawBufferPointer(rebasing: buffer[head..<(head + content.count)])
            let same = content.withUnsafeBytes { $0.elementsEqual(kept) }
            let code = UnsafeRawBufferPointer(rebasing: buffer[(head + content.count)...])
            guard same, hash(Array(code)) == UInt64(bitPattern: Int64(number(3))),
                let instructions = SeccompProgram.instructions(code)
            else { return nil }
            return SeccompProgram(
                instructions: instructions, flags: FilterFlags(rawValue: UInt32(truncatingIfNeeded: number(2))))
        }
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws(Errno) {
        let directory = try makeFolder()
        try clear(directory)
        let temporary = ".\(getpid()).new"
        let file = try openPath(at: directory.raw, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        try writeAll(file.raw, bytes)
        try rename(at: directory.raw, temporary, to: directory.raw, name)
    }

    /// Removes the filters when they are too many; whatever else lies there is not ours to remove.
    private func clear(_ directory: borrowing Descriptor) throws(Errno) {
        let filters = try directoryEntries(of: directory).filter { $0.hasSuffix(".bpf") }
        if filters.count <= most { return }
        for name in filters {
            do throws(Errno) {
                guard try contents(at: directory.raw, name).starts(with: Self.magic) else { continue }
                try remove(at: directory.raw, name)
            } catch {}  // It stays; the next one may go.
        }
    }

    /// Makes and opens the folder, its own name no link, to write there.
    ///
    /// Every folder and link on the way belongs to this user or the system: root must not be led to other people's
    /// folders, nor to its own, by a link in a home that it works in (sudo keeps HOME).
    private func makeFolder() throws(Errno) -> Descriptor {
        guard folder.utf8.first == UInt8(ascii: "/") else { throw .invalidArgument }
        var directory = try openPath("/", O_PATH | O_DIRECTORY)
        // In a user namespace the system's files have the owner nobody.
        let system = try fileStatus(at: directory.raw).st_uid
        let parts = folder.split(separator: "/").map(String.init)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            do throws(Errno) { try makeDirectory(at: directory.raw, part, mode: 0o700) } catch {
                if ![.fileExists, .readOnlyFileSystem, .permissionDenied].contains(error) { throw error }
            }
            let link = try fileStatus(at: directory.raw, part, follow: false)
            directory = try openPath(at: directory.raw, part, (isLast ? O_RDONLY | O_NOFOLLOW : O_PATH) | O_DIRECTORY)
            let status = try fileStatus(at: directory.raw)
            guard [link.st_uid, status.st_uid].allSatisfy({ $0 == geteuid() || $0 == system }),
                !isLast || isOurs(status)
            else { throw .permissionDenied }
        }
        return directory
    }
}

extension ArgumentCondition.Comparison {
    fileprivate var code: UInt64 {
        switch self {
        case .equal: 0
        case .notEqual: 1
        case .less: 2
        case .lessOrEqual: 3
        case .greater: 4
        case .greaterOrEqual: 5
        case .maskedEqual: 6
        }
    }
}
