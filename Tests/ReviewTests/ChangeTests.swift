import Testing

@testable import Review

private func path(_ text: String) -> TreePath { TreePath(bytes: Array(text.utf8)) }

private func file(_ size: Int64 = 1, mode: UInt32 = 0o644, changed: Int64 = 0) -> TreeEntry {
    var entry = TreeEntry(kind: .file, mode: mode, size: size)
    entry.changed = changed
    entry.modified = changed
    return entry
}

private let folder = TreeEntry(kind: .folder, mode: 0o755)

@Suite("changes") struct ChangeTests {
    @Test("a deleted and an added file with the same content are one rename")
    func renames() {
        let changes = [
            Change(path("a"), before: file(70), after: nil), Change(path("b"), before: nil, after: file(70)),
            Change(path("c"), before: nil, after: file(70)), Change(path("e"), before: nil, after: file(0)),
            Change(path("z"), before: file(0), after: nil),
        ]
        let joined = Renames.joined(changes) { _, added in added.path != path("b") }
        #expect(joined.map(\.kind) == [.added, .renamed, .added, .deleted])
        #expect(joined[1].origin == path("a"))
        #expect(ApplyPlan.separated(joined).map(\.path) == changes.map(\.path))
        #expect(ApplyPlan.separated(joined).map(\.kind) == changes.map(\.kind))
    }

    @Test("folders that came, went or moved as a whole are one line")
    func summary() {
        var moved = Change(path("new/deep/f"), before: file(), after: file(), contentDiffers: false)
        moved.origin = path("old/deep/f")
        let summary = ChangeSummary([
            Change(path("gone"), before: folder, after: nil), Change(path("gone/x"), before: file(), after: nil),
            Change(path("new"), before: nil, after: folder), Change(path("new/deep"), before: nil, after: folder),
            moved,
            Change(path("old"), before: folder, after: nil), Change(path("old/deep"), before: folder, after: nil),
            Change(path("run"), before: file(mode: 0o644), after: file(mode: 0o755), contentDiffers: false),
        ])
        #expect(
            summary.lines == [
                ChangeSummary.Line("D", "gone/ (1 file)"), ChangeSummary.Line("R", "old/ → new/ (1 file)"),
                ChangeSummary.Line("M", "run (mode 0644 → 0755)"),
            ])
        #expect(summary.total == "1 file changed, 1 deleted, 1 renamed")
    }

    @Test(
        "what programs of the host act on is guarded",
        arguments: [
            (".git/hooks/pre-commit", true), (".git/config", true), (".git/info/attributes", true), (".git", true),
            (".git/objects/ab/cd", false), (".git/refs/heads/main", false), (".git/index", false), (".git/HEAD", false),
            (".git/modules/x/y/hooks/h", true), (".git/modules/x/config", true), (".git/modules/x/objects/a", false),
            ("sub/.git/config", true), (".GIT/config", true), (".envrc", true), (".vscode/tasks.json", true),
            ("a/.husky/pre-commit", true), ("sandbox.toml", true), ("src/main.c", false), ("package.json", false),
            (".gitattributes", true), (".gitignore", false), ("CLAUDE.md", true),
        ])
    func guarded(_ name: String, _ isGuarded: Bool) {
        #expect((GuardedPaths.reason(path(name)) != nil) == isGuarded)
    }

    @Test(
        "links that lead out are guarded",
        arguments: [
            ("a/l", "../b", false), ("l", "..", true), ("a/l", "../../b", true), ("l", "/etc/passwd", true),
            ("l", "/usr/bin/python3", false), ("l", "/usr/../home/x", true), ("a/b/l", "c/../../../x", false),
            ("l", "/home/you/.ssh/authorized_keys", true),
        ])
    func links(_ name: String, _ target: String, _ leadsOut: Bool) {
        #expect(GuardedPaths.leadsOut(path(name), Array(target.utf8)) == leadsOut)
    }

    @Test("a path that changed outside, before or while the sandbox ran, is a conflict")
    func conflicts() throws {
        let same = Change(path("same"), before: file(changed: 5), after: file(2))
        let raced = Change(path("raced"), before: file(changed: 11), after: file(2))
        let new = Change(path("new"), before: nil, after: file())
        let base = BaseRecord().settled([same, raced, new], started: 10) { _ in nil }
        func conflicts(_ base: BaseRecord, _ changes: [Change]) -> [TreePath] {
            base.conflicts(changes) { _ in nil }.map(\.path)
        }
        #expect(conflicts(base, [same, raced, new]) == [path("raced")])
        let later = Change(path("same"), before: file(changed: 20), after: file(2))
        let appeared = Change(path("new"), before: file(changed: 20), after: file())
        #expect(conflicts(base, [later, appeared]) == [path("same"), path("new")])
        // A record outlives the next build's beginning.
        #expect(conflicts(base.settled([later], started: 30) { _ in nil }, [later]).count == 1)
        #expect(BaseRecord(encoded: base.encoded) == base)
        #expect(BaseRecord(encoded: Array(base.encoded.dropLast())) == nil)
        #expect(BaseRecord(encoded: []) == nil)
    }

    @Test(
        "where the inode's own time differs, the content decides",
        arguments: [
            // What was seen, what is there now; whether the contents differ.
            (file(changed: 5), file(changed: 9), true, true), (file(changed: 5), file(changed: 9), false, false),
            (file(changed: 5), file(changed: 5), true, false), (file(1, changed: 5), file(2, changed: 9), false, true),
        ])
    func content(_ seen: TreeEntry, _ now: TreeEntry, _ differs: Bool, _ isConflict: Bool) {
        let before = Change(path("f"), before: seen, after: file(7))
        let later = Change(path("f"), before: now, after: file(7))
        let base = BaseRecord().settled([before], started: 10) { _ in ContentSum(Array("one".utf8)) }
        let sum = ContentSum(Array((differs ? "two" : "one").utf8))
        for record in [base, BaseRecord(encoded: base.encoded)] {
            #expect((record?.conflicts([later]) { _ in sum }.isEmpty == false) == isConflict)
        }
        // Without a sum nothing is taken for the same.
        let blind = BaseRecord().settled([before], started: 10) { _ in nil }
        #expect(blind.conflicts([later]) { _ in nil }.isEmpty == (now.changed == seen.changed && now.size == seen.size))
    }

    @Test("a record of the first version is read")
    func firstVersion() throws {
        let text = "sandbox base 1\01 2 3 420\0a/b\0absent\0new\0"
        let base = try #require(BaseRecord(encoded: Array(text.utf8)))
        #expect(base[path("new")] == .absent)
        #expect(BaseRecord(encoded: base.encoded) == base)
    }

    @Test("a journal cut off anywhere gives the steps that were written whole")
    func journal() throws {
        let steps = [
            ApplyJournal.Step(.put, path("a\nb"), before: 0o644, after: 0o600),
            ApplyJournal.Step(.removeFolder, path("d"), before: 0o755, after: nil, isFolder: true),
        ]
        let header = ApplyJournal(process: 42).header
        let whole = header + steps.flatMap(ApplyJournal.encoded) + ApplyJournal.footer
        let read = try #require(ApplyJournal(encoded: whole))
        #expect(read.steps == steps)
        #expect(read.isComplete && read.process == 42)
        for count in header.count..<whole.count {
            let cut = try #require(ApplyJournal(encoded: Array(whole.prefix(count))))
            #expect(!cut.isComplete)
            #expect(steps.starts(with: cut.steps))
        }
    }

    @Test("deletions go first and deepest first, folders before what is in them")
    func order() {
        let link = TreeEntry(kind: .link, mode: 0o777)
        let steps = ApplyPlan.steps([
            Change(path("d"), before: folder, after: nil), Change(path("d/f"), before: file(), after: nil),
            Change(path("f"), before: file(), after: folder),
            Change(path("f/g"), before: nil, after: file(mode: 0o4755)),
            Change(path("p"), before: nil, after: TreeEntry(kind: .special, mode: 0o644)),
            Change(path("t"), before: folder, after: link), Change(path("t/x"), before: file(), after: nil),
            Change(path("x"), before: file(), after: file(mode: 0o755), contentDiffers: false),
        ])
        #expect(
            steps.map { "\($0.action.rawValue) \($0.path.quoted()) \($0.after.map { String($0, radix: 8) } ?? "-")" }
                == [
                    "delete t/x -", "delete d/f -", "remove-folder d -", "delete f -", "make-folder f 755",
                    "put f/g 755",
                    "remove-folder t -", "put t 777", "set-mode x 755",
                ])
    }

    @Test("choosing a file brings the new folders around it, and nothing else")
    func selection() {
        let changes = [
            Change(path("n"), before: nil, after: folder), Change(path("n/a"), before: nil, after: file()),
            Change(path("n/b"), before: nil, after: file()), Change(path("z"), before: file(), after: nil),
        ]
        #expect(ApplyPlan.selected(changes, [path("n/b")]).map(\.path) == [path("n"), path("n/b")])
        #expect(ApplyPlan.selected(changes, []) == changes)
    }
}
