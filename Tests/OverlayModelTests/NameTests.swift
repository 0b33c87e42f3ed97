import Testing

@testable import OverlayModel

@Suite("names of marks")
struct NameTests {
    private func text(_ string: String) -> [CChar] { Array(string.utf8CString) }

    @Test("a whiteout's name leads to what it deletes; markers lead nowhere")
    func whiteouts() {
        #expect(WhiteoutName.of(text("a")) == text(".wh.a"))
        #expect(WhiteoutName.target(text(".wh.a")) == text("a"))
        #expect(WhiteoutName.target(text(".wh.")) == nil)
        #expect(WhiteoutName.target(text("a")) == nil)
        #expect(WhiteoutName.target(WhiteoutName.opaque) == nil)
        #expect(WhiteoutName.opaque == text(".wh..wh..opq"))
        #expect(WhiteoutName.isReserved(WhiteoutName.opaque))
        #expect(!WhiteoutName.isReserved(text(".wha")))
        #expect(!WhiteoutName.isReserved(text("")))
    }

    @Test(
        "a guest's name for a mark is stored one level deeper and shown as it was given",
        arguments: ["user.overlay.opaque", "trusted.overlay.redirect", "user.overlay.overlay.opaque", "user.overlay."])
    func escaping(_ name: String) throws {
        guard case .escaped(let stored) = AttributeName.stored(name) else {
            Issue.record("\(name) is stored as it is")
            return
        }
        #expect(stored != name)
        #expect(AttributeName.shown(stored) == name)
    }

    @Test("the overlay's own marks are neither shown nor settable nor copied")
    func own() {
        for name in ["user.fuseoverlayfs.opaque", "user.sandbox.overlay.redirect", "trusted.sandbox.overlay.origin"] {
            #expect(AttributeName.stored(name) == .refused)
            #expect(AttributeName.shown(name) == nil)
            #expect(!AttributeName.isCopied(name))
        }
        #expect(AttributeName.shown("user.overlay.opaque") == nil)
        #expect(AttributeName.stored("security.capability") == .plain)
        #expect(AttributeName.isCopied("user.mime_type"))
    }

    @Test(
        "a redirect that could lead out of its layer is none",
        arguments: ["", "/", "a", "/a/../b", "/a/./b", "//a", "/a/", "/a\u{0}b"])
    func hostileRedirects(_ path: String) { #expect(RedirectPath(Array(path.utf8)) == nil) }

    @Test("a redirect is stored and read back")
    func redirects() throws {
        let path = try #require(RedirectPath(Array("/a/b c".utf8)))
        #expect(path.names == [text("a"), text("b c")])
        #expect(path.appending([text("d")]).bytes == Array("/a/b c/d".utf8))
    }

    @Test("inode numbers keep devices apart and stay the same")
    func numbering() {
        var numbers = InodeNumbering()
        let (first, second) = (numbers.index(of: 2049), numbers.index(of: 7))
        #expect(numbers.index(of: 2049) == first)
        #expect(InodeNumbering.number(index: first, inode: 5) == 5)
        #expect(InodeNumbering.number(index: first, inode: 5) != InodeNumbering.number(index: second, inode: 5))
        #expect(InodeNumbering.number(index: second, inode: .max) >> 48 == second)
    }

    @Test("opening copies up no more than it needs")
    func copyUp() {
        #expect(CopyUp.forOpen(writing: false, truncates: false) == .none)
        #expect(CopyUp.forOpen(writing: true, truncates: false) == .all)
        #expect(CopyUp.forOpen(writing: true, truncates: true) == .data(limit: 0))
        #expect(CopyUp.forSetAttributes(newSize: 10) == .data(limit: 10))
        #expect(CopyUp.forSetAttributes(newSize: nil) == .all)
    }
}
