import LinuxKernel
import Testing

@Suite("files and paths")
struct FilesTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    @Test("a file comes back byte for byte, and is refused beyond the limit")
    func reading() throws {
        let text = String(repeating: "0123456789", count: 5000)
        try folder.write(text, to: "f")
        #expect(try readFile("\(folder.path)/f") == Array(text.utf8))
        #expect(try readFile("\(folder.path)/f", limit: 50000).count == 50000)
        #expect(throws: Errno.fileTooLarge) { try readFile("\(folder.path)/f", limit: 49999) }
        #expect(throws: Errno.noSuchFileOrDirectory) { try readFile("\(folder.path)/g") }
    }

    @Test("every name of a large folder is listed once, the two dots are not")
    func listing() throws {
        // More than one getdents64(2) buffer holds.
        let names = (0..<1500).map { "name-\($0)-" + String(repeating: "x", count: $0 % 60) } + ["..x", ".y", "ü"]
        for name in names { try folder.write("", to: name) }
        let listed = try directoryEntries(of: folder.open())
        #expect(listed.sorted() == names.sorted())
        try makeDirectory("\(folder.path)/empty")
        #expect(try directoryEntries(of: openPath("\(folder.path)/empty", O_RDONLY)).isEmpty)
    }

    @Test("a path with a NUL byte is refused instead of being cut")
    func zeroByte() throws {
        try folder.write("x", to: "a")
        #expect(throws: Errno.invalidArgument) { _ = try openPath("\(folder.path)/a\0b", O_RDONLY) }
        #expect(throws: Errno.invalidArgument) { try remove("\(folder.path)/a\0b") }
        #expect(fileExists("\(folder.path)/a"))
        #expect(!hasExtendedAttribute("\(folder.path)/a\0", "user.x"))
    }

    @Test("what is opened in a root cannot leave it")
    func inRoot() throws {
        try makeDirectory("\(folder.path)/root")
        try folder.write("outside", to: "secret")
        try folder.write("inside", to: "root/secret")
        try makeSymbolicLink(to: "../../../../../../secret", "\(folder.path)/root/up")
        try makeSymbolicLink(to: "/secret", "\(folder.path)/root/absolute")
        try makeSymbolicLink(to: "/proc/self/root", "\(folder.path)/root/magic")
        let root = try openPath("\(folder.path)/root", O_PATH | O_DIRECTORY)
        for name in ["up", "absolute", "../secret", "/secret", "../../secret"] {
            let file = try openPath(at: root.raw, name, O_RDONLY, resolve: .inRoot)
            #expect(String(decoding: try readAll(file.raw), as: UTF8.self) == "inside", "\(name)")
        }
        #expect(throws: Errno.noSuchFileOrDirectory) {
            _ = try openPath(at: root.raw, "magic/etc", O_RDONLY, resolve: .inRoot)
        }
        #expect(throws: Errno.tooManySymbolicLinkLevels) {
            _ = try openPath(at: root.raw, "up", O_RDONLY, resolve: [.inRoot, .noSymlinks])
        }
        #expect(throws: (any Error).self) { _ = try openPath(at: root.raw, "../secret", O_RDONLY, resolve: .beneath) }
    }

    @Test("rename keeps what is there when asked to, and exchanges")
    func renaming() throws {
        try folder.write("a", to: "a")
        try folder.write("b", to: "b")
        let (a, b) = ("\(folder.path)/a", "\(folder.path)/b")
        #expect(throws: Errno.fileExists) { try rename(a, to: nil, b, flags: RenameFlags.noReplace.rawValue) }
        try rename(a, to: nil, b, flags: RenameFlags.exchange.rawValue)
        #expect(try readText(a) == "b" && readText(b) == "a")
        try rename(a, to: nil, b)
        #expect(try !fileExists(a) && readText(b) == "b")
    }

    @Test("links are looked at, not followed, when asked")
    func links() throws {
        try folder.write("x", to: "file")
        let link = "\(folder.path)/link"
        try makeSymbolicLink(to: "file", link)
        #expect(try fileStatus(link, follow: false).isSymbolicLink && fileStatus(link).isRegular)
        #expect(try readLink(link) == "file")
        #expect(try canonicalPath(link) == canonicalPath(folder.path) + "/file")
        try remove("\(folder.path)/file")
        #expect(!fileExists(link))
        #expect(throws: Errno.noSuchFileOrDirectory) { try canonicalPath(link) }
    }

    @Test("an unnamed file gets a name, an entry's times are its own")
    func entries() throws {
        let directory = try folder.open()
        let file = try openPath(folder.path, O_TMPFILE | O_RDWR, mode: 0o600)
        try writeAll(file.raw, "late")
        #expect(try directoryEntries(of: directory).isEmpty)
        try linkDescriptor(file.raw, to: directory.raw, "named")
        #expect(try readText("\(folder.path)/named") == "late")
        try setEntryTimes(
            at: directory.raw, "named", accessed: timespec(tv_sec: 1, tv_nsec: 2),
            modified: timespec(tv_sec: 3, tv_nsec: 4))
        let status = try entryStatus(at: directory.raw, "named")
        #expect(status.st_mtim.tv_sec == 3 && status.st_mtim.tv_nsec == 4 && status.st_atim.tv_sec == 1)
        #expect(throws: Errno.fileExists) { try linkDescriptor(file.raw, to: directory.raw, "named") }
    }

    @Test("attributes of any size the kernel keeps come back")
    func attributes() throws {
        try folder.write("", to: "f")
        let directory = try folder.open()
        for size in [0, 1, 255, 256, 257, 2000] {
            let value = [UInt8](repeating: 7, count: size)
            try setAttribute(at: directory.raw, "f", "user.test", value)
            #expect(try getAttribute(at: directory.raw, "f", "user.test") == value)
        }
        #expect(try listAttributes(at: directory.raw, "f").elementsEqual("user.test\0".utf8))
        #expect(hasExtendedAttribute("\(folder.path)/f", "user.test"))
        try removeAttribute(at: directory.raw, "f", "user.test")
        #expect(throws: Errno(rawValue: ENODATA)) { try getAttribute(at: directory.raw, "f", "user.test") }
    }
}
