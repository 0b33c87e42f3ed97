import Confinement
import Diagnostics
import LinuxKernel
import Testing

@Suite("cache of filters", .serialized)
struct FilterCacheTests {
    /// A folder of its own for one test, removed at its end.
    private final class Folder {
        let path = "/tmp/sandbox-cache-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        var cache: FilterCache { FilterCache(folder: path + "/a/filters") }
        var files: [String] {
            guard let folder = try? openPath(path + "/a/filters", O_RDONLY | O_DIRECTORY) else { return [] }
            return (try? directoryEntries(of: folder).map { path + "/a/filters/" + $0 }) ?? []
        }
        deinit {
            for file in files { unlink(file) }
            for folder in ["/a/filters", "/a", ""] { rmdir(path + folder) }
        }
    }

    private let policy = FilterPolicy(
        defaultAction: .errno(1),
        rules: [.init(["read", "write"], .allow), .init(["socket"], .allow, [ArgumentCondition(0, .equal, 1)])])

    /// Rewrites the one file of a cache.
    private func change(_ folder: Folder, _ body: (inout [UInt8]) -> Void) throws {
        let file = try #require(folder.files.first)
        var bytes = try readFile(file)
        body(&bytes)
        unlink(file)
        let new = try openPath(file, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try writeAll(new.raw, bytes)
    }

    @Test("the second time comes from the file, and is the same")
    func again() throws {
        let folder = Folder()
        let first = try folder.cache.program(policy)
        #expect(try first == FilterCompiler(policy).compile())
        let file = try #require(folder.files.first)
        #expect(folder.files.count == 1 && file.hasSuffix(".bpf"))
        let inode = try fileStatus(at: nil, file).st_ino
        #expect(try folder.cache.program(policy) == first)
        #expect(try fileStatus(at: nil, file).st_ino == inode, "it was read, not written again")
        var other = policy
        other.rules[0].names = ["read", "pread64"]
        #expect(try folder.cache.program(other) != first)
        #expect(folder.files.count == 2)
    }

    @Test("policies that differ anywhere have files of their own")
    func content() throws {
        let folder = Folder()
        var policies = [policy]
        var next = policy
        next.defaultAction = .errno(2)
        policies.append(next)
        next.flags = .log
        policies.append(next)
        next.rules[1].conditions[0].value = 2
        policies.append(next)
        next.rules[1].conditions[0].comparison = .notEqual
        policies.append(next)
        next.order = .firstMatch
        policies.append(next)
        for policy in policies { #expect(try folder.cache.program(policy) == FilterCompiler(policy).compile()) }
        #expect(folder.files.count == policies.count)
    }

    @Test("a damaged file is compiled anew", arguments: [0, 20, 40, 60, 120, 200])
    func damaged(_ place: Int) throws {
        let folder = Folder()
        let first = try folder.cache.program(policy)
        try change(folder) { $0[min(place, $0.count - 1)] ^= 0x41 }
        #expect(try folder.cache.program(policy) == first)
        try change(folder) { $0.removeLast(place / 2 + 1) }
        #expect(try folder.cache.program(policy) == first)
        try change(folder) { $0 = [] }
        #expect(try folder.cache.program(policy) == first)
    }

    @Test("what others may write is not believed, nor written to")
    func foreign() throws {
        let folder = Folder()
        let first = try folder.cache.program(policy)
        let file = try #require(folder.files.first)
        let before = try fileStatus(at: nil, file).st_ino
        chmod(file, 0o666)
        #expect(try folder.cache.program(policy) == first)
        #expect(try fileStatus(at: nil, file).st_ino != before, "it was replaced")
        chmod(folder.path + "/a/filters", 0o777)
        unlink(file)
        #expect(try folder.cache.program(policy) == first)
        #expect(folder.files.isEmpty)
        chmod(folder.path + "/a/filters", 0o700)
        symlink("/etc/passwd", file)
        #expect(try folder.cache.program(policy) == first)
    }

    @Test("a folder that cannot be made costs only time")
    func noFolder() throws {
        #expect(try FilterCache(folder: "/proc/nothing/filters").program(policy) == FilterCompiler(policy).compile())
    }
}
