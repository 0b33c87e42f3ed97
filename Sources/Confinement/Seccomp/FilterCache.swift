import Diagnostics
import LinuxKernel
import RuntimeSpec

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
    /// Two words of the file; the last letter is the format's.
    private static let magic = Array("sandbox filter 2".utf8)

    package init(folder: String, most: Int = 128) {
        self.folder = folder
        self.most = most
    }

    /// The policy's program, from the cache or compiled and put there.
    package func program(
        _ policy: FilterPolicy, native: SyscallArchitecture = .native
    ) throws(SandboxError) -> SeccompProgram {
        try program(ContentWords(policy, native), native) { policy }
    }

    /// The same for a filter of a config.json, which a kept program saves from being looked through.
    package func program(
        _ filter: Spec.Linux.Seccomp, native: SyscallArchitecture = .native
    ) throws(SandboxError) -> SeccompProgram {
        try program(ContentWords(filter, native), native) { () throws(SandboxError) in try FilterPolicy(filter) }
    }

    private func program(
        _ words: ContentWords, _ native: SyscallArchitecture, _ policy: () throws(SandboxError) -> FilterPolicy
    ) throws(SandboxError) -> SeccompProgram {
        let content = words.list
        let name = "\(String(content.withUnsafeBufferPointer { Self.hash($0) }, radix: 16)).bpf"
        if let known = read(name, content) { return known }
        let program = try FilterCompiler(policy(), native: native).compile()
        // A cache that cannot be written costs the next start a millisecond; it is no reason to stop this one.
        // What a program warns of is told at each start.
        do { if program.warnings.isEmpty { try write(name, Self.encoded(content, program)) } } catch {}
        return program
    }

    /// FNV-1a over words.
    private static func hash(_ words: UnsafeBufferPointer<UInt64>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for word in words {
            hash = (hash ^ word) &* 0x100_0000_01b3
            hash ^= hash >> 29
        }
        return hash
    }

    // MARK: Files

    /// The magic, then in words of this machine: how many words the content has and how many the program, the flags,
    /// the program's hash, the content, the program.
    private static func encoded(_ content: [UInt64], _ program: SeccompProgram) -> [UInt8] {
        let code = program.words
        let sum = code.withUnsafeBufferPointer { hash($0) }
        let head = [UInt64(content.count), UInt64(code.count), UInt64(program.flags.rawValue), sum]
        return magic + (head + content + code).withUnsafeBytes { Array($0) }
    }

    private func read(_ name: String, _ content: [UInt64]) -> SeccompProgram? {
        do throws(Errno) {
            // What this user alone may have written is believed, whatever leads there.
            let directory = try openPath(folder, O_PATH | O_DIRECTORY)
            guard try isOurs(fileStatus(at: directory.raw)) else { return nil }
            let words = try contents(at: directory.raw, name)
            return words.withUnsafeBufferPointer { Self.decoded($0, content) }
        } catch { return nil }
    }

    /// A plain file of ours, and no other.
    private func contents(at directory: CInt, _ name: String) throws(Errno) -> [UInt64] {
        let file = try openPath(at: directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        let status = try fileStatus(at: file.raw)
        guard status.isRegular, isOurs(status) else { throw .permissionDenied }
        guard status.st_size <= 1 << 20, status.st_size % 8 == 0 else { throw .fileTooLarge }
        // In one go, into memory that nothing was written to before: each of its pages costs as much as a call.
        var read = 0
        let words = [UInt64](unsafeUninitializedCapacity: Int(status.st_size) / 8) { buffer, count in
            read = (try? readBytes(file.raw, into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
            count = read / 8
        }
        guard read == Int(status.st_size) else { throw .ioError }
        return words
    }

    /// Nobody but this user may have written it.
    private func isOurs(_ status: stat) -> Bool { status.st_uid == geteuid() && status.st_mode & 0o022 == 0 }

    private static func decoded(_ words: UnsafeBufferPointer<UInt64>, _ content: [UInt64]) -> SeccompProgram? {
        let head = magic.count / 8 + 4
        guard words.count >= head, UnsafeRawBufferPointer(words).starts(with: magic),
            words[head - 4] == content.count, words[head - 3] <= FilterInstruction.mostPerProgram,
            words.count == head + content.count + Int(words[head - 3])
        else { return nil }
        let code = UnsafeBufferPointer(rebasing: words[(head + content.count)...])
        let kept = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: words[head..<(head + content.count)]))
        let isSame = content.withUnsafeBytes { own in
            guard let own = own.baseAddress, let kept = kept.baseAddress else { return content.isEmpty }
            return memcmp(own, kept, 8 * content.count) == 0
        }
        guard isSame, hash(code) == words[head - 1] else { return nil }
        return SeccompProgram(
            words: code, flags: FilterFlags(rawValue: UInt32(truncatingIfNeeded: words[head - 2])))
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
                if try isFilter(at: directory.raw, name) { try remove(at: directory.raw, name) }
            } catch {}  // It stays; the next one may go.
        }
    }

    /// Whether it is a file of this cache, of whatever format.
    private func isFilter(at directory: CInt, _ name: String) throws(Errno) -> Bool {
        let file = try openPath(at: directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        let status = try fileStatus(at: file.raw)
        guard status.isRegular, isOurs(status) else { return false }
        var start = [UInt8](repeating: 0, count: Self.magic.count - 1)
        let count = try start.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
            try readBytes(file.raw, into: UnsafeMutableRawBufferPointer(buffer))
        }
        return start[..<count].elementsEqual(Self.magic.dropLast())
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
