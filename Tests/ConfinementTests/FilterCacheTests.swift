import Confinement
import Diagnostics
import LinuxKernel
import RuntimeSpec
import Testing

@Suite("cache of filters", .serialized)
struct FilterCacheTests {
    /// A folder of its own for one test, removed at its end.
    private final class Folder {
        let path = "/tmp/sandbox-cache-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        var cache: FilterCache { cache(most: 8) }
        func cache(most: Int) -> FilterCache { FilterCache(folder: path + "/a/filters", most: most) }
        var files: [String] {
            guard let folder = try? openPath(path + "/a/filters", O_RDONLY | O_DIRECTORY) else { return [] }
            return (try? directoryEntries(of: folder).map { path + "/a/filters/" + $0 }) ?? []
        }
        deinit {
            do { try removeTree(path) } catch {}  // Nothing was made.
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

    @Test("filters of a config.json that differ anywhere have files of their own")
    func specifications() throws {
        let folder = Folder()
        var next = Spec.Linux.Seccomp(
            defaultAction: .errno,
            syscalls: [
                .init(names: ["read", "process_vm_readv"], action: .errno, errnoRet: 1), .init(names: [], action: .log),
            ])
        var all = [next]
        for change in [
            { $0.defaultErrnoRet = 1 }, { $0.defaultErrnoRet = 0 }, { $0.defaultAction = .trace }, { $0.flags = [] },
            { $0.flags = [.log] }, { $0.architectures = [.x86] }, { $0.architectures = [.x86, .x86_64] },
            { $0.syscalls?[0].action = .trap }, { $0.syscalls?[0].errnoRet = nil },
            { $0.syscalls?[0].names = ["read"] }, { $0.syscalls?[0].names = ["readv"] },
            { $0.syscalls?[1].names = ["read"] },
            { $0.syscalls?[0].args = [.init(index: 0, value: 1, op: .equal)] },
            { $0.syscalls?[0].args?[0].op = .maskedEqual }, { $0.syscalls?[0].args?[0].valueTwo = 1 },
            { $0.syscalls?[0].args?[0].index = 1 },
        ] as [(inout Spec.Linux.Seccomp) -> Void] {
            change(&next)
            all.append(next)
        }
        for filter in all {
            #expect(try folder.cache(most: 64).program(filter) == SeccompProgram.compile(filter))
            #expect(try folder.cache(most: 64).program(filter) == SeccompProgram.compile(filter))
        }
        #expect(folder.files.count == all.count)
        var bad = next
        bad.syscalls?[0].args?[0].index = 6
        #expect(throws: SandboxError.self) { try folder.cache.program(bad) }
    }

    @Test("names of every length are told apart")
    func names() throws {
        let folder = Folder()
        for length in [1, 6, 7, 8, 15, 16, 254, 255, 256, 600] {
            let name = String(repeating: "a", count: length)
            for names in [[name], [name, "a"]] {
                let filter = Spec.Linux.Seccomp(defaultAction: .allow, syscalls: [.init(names: names, action: .log)])
                // An unknown name warns, so nothing is kept: what counts is that none is taken for another.
                #expect(try folder.cache.program(filter).warnings.count == names.count)
            }
        }
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

    /// So many policies that the cache has to make room.
    private func fill(_ cache: FilterCache) throws {
        for number in 0..<16 {
            var next = policy
            next.defaultAction = .errno(UInt16(20 + number))
            _ = try cache.program(next)
        }
    }

    @Test("too many filters make room for the next, and nothing else is removed")
    func room() throws {
        let folder = Folder()
        let first = try folder.cache.program(policy)
        let filters = folder.path + "/a/filters"
        var foreign = ["notes.txt", "other.bpf", ".profile"].map { filters + "/" + $0 }
        for file in foreign {
            let new = try openPath(file, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try writeAll(new.raw, "mine")
        }
        symlink("/etc/passwd", filters + "/link.bpf")
        mkdir(filters + "/folder.bpf", 0o700)
        mkfifo(filters + "/pipe.bpf", 0o600)
        foreign += ["link", "folder", "pipe"].map { filters + "/\($0).bpf" }
        // A file of an older format goes with the others.
        let old = try openPath(filters + "/old.bpf", O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try writeAll(old.raw, "sandbox filter 1\nand more")
        try fill(folder.cache)
        let left = Set(folder.files)
        #expect(left.isSuperset(of: foreign), "\(left)")
        #expect(left.count < foreign.count + 16 && !left.contains(filters + "/old.bpf"), "\(left)")
        #expect(try folder.cache.program(policy) == first)
    }

    @Test("a link in the folder's place leads nowhere")
    func link() throws {
        let folder = Folder()
        let other = folder.path + "/other"
        for path in ["", "/a", "/other"] { mkdir(folder.path + path, 0o700) }
        symlink(other, folder.path + "/a/filters")
        try fill(folder.cache)
        let inside = try directoryEntries(of: openPath(other, O_RDONLY | O_DIRECTORY))
        #expect(inside == [])
    }

    @Test("a folder or link of another user on the way is not gone through", .enabled(if: geteuid() == 0, "needs root"))
    func otherUsers() throws {
        let folder = Folder()
        for path in ["", "/a", "/own", "/own/filters"] { mkdir(folder.path + path, 0o700) }
        chown(folder.path + "/a", 1, 1)
        try fill(folder.cache)
        #expect(folder.files == [], "it is made in nobody else's folder")
        rmdir(folder.path + "/a")
        symlink("own", folder.path + "/a")
        lchown(folder.path + "/a", 1, 1)
        try fill(folder.cache)
        #expect(folder.files == [], "nor behind somebody's link")
        lchown(folder.path + "/a", 0, 0)
        try fill(folder.cache)
        #expect(!folder.files.isEmpty, "a link of one's own is")
    }

    @Test("the compiler's version tells what it makes of a policy")
    func version() throws {
        var generator = SplitMix(state: 7)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for _ in 0..<100 {
            var policy = RandomPolicy.make(using: &generator)
            policy.order = .firstMatch
            for byte in try FilterCompiler(policy, native: .x86_64).compile().bytes {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        // With another sum the compiler makes other programs: give it another version too.
        #expect(FilterCompiler.version == 1)
        #expect(hash == 14_778_487_555_073_300_928)
    }
}
