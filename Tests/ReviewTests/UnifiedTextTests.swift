import Testing

@testable import Review

@Suite("unified text") struct UnifiedTextTests {
    private func shown(
        _ change: Change, _ old: String?, _ new: String?, style: UnifiedText.Style = UnifiedText.Style()
    ) -> String {
        var text = UnifiedText(style: style)
        func side(_ text: String?) -> FileText { text.map { .text(Array($0.utf8)) } ?? .none }
        text.write(change, old: side(old), new: side(new))
        return String(decoding: text.take(), as: UTF8.self)
    }

    private func change(_ path: String, _ before: UInt32?, _ after: UInt32?, differs: Bool = true) throws -> Change {
        Change(
            try #require(TreePath(relative: path)), before: before.map { TreeEntry(kind: .file, mode: $0) },
            after: after.map { TreeEntry(kind: .file, mode: $0) }, contentDiffers: differs)
    }

    @Test("a changed line stands with three lines around it")
    func modified() throws {
        let old = (1...9).map { "\($0)\n" }.joined()
        let text = shown(try change("a/b.c", 0o644, 0o755), old, old.replacing("5\n", with: "five\n"))
        #expect(
            text == """
                diff --git a/a/b.c b/a/b.c
                old mode 100644
                new mode 100755
                --- a/a/b.c
                +++ b/a/b.c
                @@ -2,7 +2,7 @@
                 2
                 3
                 4
                -5
                +five
                 6
                 7
                 8

                """)
    }

    @Test("new and deleted files, and ends without a line feed")
    func ends() throws {
        #expect(
            shown(try change("n", nil, 0o644), nil, "x") == """
                diff --git a/n b/n
                new file mode 100644
                --- /dev/null
                +++ b/n
                @@ -0,0 +1 @@
                +x
                \\ No newline at end of file

                """)
        #expect(
            shown(try change("n", 0o755, nil), "x\ny\n", nil).hasSuffix(
                "deleted file mode 100755\n--- a/n\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n"))
    }

    @Test("changes far apart are hunks of their own, near ones share one")
    func hunks() throws {
        let lines = (1...40).map { "\($0)" }
        var new = lines
        new[1] = "b"
        new[8] = "i"
        new[30] = "z"
        let text = shown(
            try change("f", 0o644, 0o644), lines.joined(separator: "\n") + "\n", new.joined(separator: "\n") + "\n")
        #expect(
            text.split(separator: "\n").filter { $0.hasPrefix("@@") } == ["@@ -1,12 +1,12 @@", "@@ -28,7 +28,7 @@"])
    }

    @Test("what would move the cursor or turn text around is shown, not sent")
    func controls() throws {
        let style = UnifiedText.Style(escapesControls: true)
        let text = shown(try change("f", nil, 0o644), nil, "a\u{1b}[2J\u{202e}b\r\té\u{9b}\n", style: style)
        #expect(text.hasSuffix("\n+a^[[2J<U+202E>b^M\té<U+009B>\n"))
        #expect(escapingControls([0x61, 0xff, 0xc3, 0x28][...]) == Array("a<FF><C3>(".utf8))
    }

    @Test(
        "names are quoted as git quotes them",
        arguments: [
            ("a b", "a b"), ("é", "é"), ("a\nb", #""a\nb""#), ("a\"b\\", #""a\"b\\""#),
            ("a\u{202e}b", #""a\342\200\256b""#),
        ])
    func quoting(_ name: String, _ quoted: String) {
        #expect(TreePath(bytes: Array(name.utf8)).quoted() == quoted)
    }

    @Test("a name that is no text is quoted byte for byte")
    func bytes() {
        #expect(TreePath(bytes: [0x61, 0xff, 0x0a]).quoted(prefix: "a/") == #""a/a\377\n""#)
    }

    @Test("paths are relative, inside and in order")
    func paths() throws {
        #expect(TreePath(relative: "/a") == nil)
        #expect(TreePath(relative: "a/../..") == nil)
        #expect(TreePath(relative: "./a//b/../c/") == TreePath(relative: "a/c"))
        let sorted = ["a.b", "a/b", "a", "a b"].compactMap(TreePath.init(relative:)).sorted().map { $0.quoted() }
        #expect(sorted == ["a", "a/b", "a b", "a.b"])
        #expect(try #require(TreePath(relative: "ab")).isInside(try #require(TreePath(relative: "a"))) == false)
    }
}
