import Diagnostics
import Launcher
import Testing

private func search(_ host: FakeHost, uid: UInt32 = 1000, homes: [String] = ["/home/dev"]) -> ProjectSearch<FakeHost> {
    ProjectSearch(
        files: host, uid: uid, homes: homes,
        secrets: SecretTable.find(homes: homes, environment: [:], files: host))
}

private func project(
    _ host: FakeHost, in folder: String, choice: ProjectChoice = .detect,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> Project {
    guard case .found(let project) = try search(host).find(choice, current: folder) else {
        Issue.record("no project", sourceLocation: sourceLocation)
        throw SandboxError(.notFound, "no project")
    }
    return project
}

private func readOnly(_ project: Project) -> [String] { project.tree.layers.filter(\.readOnly).map(\.path) }
private func writable(_ project: Project) -> [String] { project.tree.layers.filter { !$0.readOnly }.map(\.path) }

@Suite("the project")
struct ProjectTests {
    @Test("it is the enclosing git work tree, its hooks and configuration guarded")
    func workTree() throws {
        let found = try project(workstation(), in: "/home/dev/src/app/lib")
        #expect(found.folder == "/home/dev/src/app" && found.isGitWorkTree)
        #expect(
            readOnly(found) == ["commondir", "config", "hooks"].map { "/home/dev/src/app/.git/" + $0 })
        #expect(
            found.tree.createFiles
                == [PlaceholderFile(path: "/home/dev/src/app/.git/commondir", text: ".\n")])
        // Pinned: else `.git` could be renamed away and made anew.
        #expect(writable(found) == ["/home/dev/src/app/.git"])
        #expect(
            found.tree.watch
                == ["sandbox.toml", ".sandbox.toml", ".sandbox"].map {
                    "/home/dev/src/app/" + $0
                })
        #expect(found.tree.create.isEmpty)
    }

    @Test("without git it is the current folder")
    func plainFolder() throws {
        let found = try project(workstation(), in: "/home/dev/notes")
        #expect(found.folder == "/home/dev/notes" && !found.isGitWorkTree)
        #expect(found.tree.watch.first == "/home/dev/notes/.git")
    }

    @Test(
        "the home, what is above it, folders of the system and secrets are none",
        arguments: [
            ("/home/dev", "your home"), ("/home", "contains your home"), ("/", "contains your home"),
            ("/etc/apt", "/etc"), ("/tmp", "/tmp"), ("/usr/lib", "/usr/lib"), ("/mnt", "/mnt"),
            ("/home/dev/.ssh", ".ssh"),
        ])
    func none(folder: String, reason: String) throws {
        guard case .none(let text) = try search(workstation()).find(.detect, current: folder) else {
            Issue.record("\(folder) was taken for a project")
            return
        }
        #expect(text.contains(reason) && text.hasPrefix("no project: ") && !text.contains("\n"))
    }

    @Test("a .git in the home is not the work tree of what is below")
    func dotfiles() throws {
        var host = workstation()
        host.nodes["/home/dev/.git/HEAD"] = .file("ref")
        #expect(try project(host, in: "/home/dev/notes").folder == "/home/dev/notes")
    }

    @Test("another user's .git above is passed over")
    func foreignRepository() throws {
        var host = FakeHost(["/data/.git/HEAD": .file("ref"), "/data/x/y": .directory])
        host.owners["/data"] = 666
        #expect(try project(host, in: "/data/x/y").folder == "/data/x/y")
        host.owners["/data"] = 1000
        #expect(try project(host, in: "/data/x/y").folder == "/data")
    }

    @Test("--project decides otherwise, even for the home")
    func explicitHome() throws {
        #expect(try project(workstation(), in: "/", choice: .folder("/home/dev")).folder == "/home/dev")
    }

    @Test(
        "--project names what it refuses",
        arguments: ["/nowhere", "/", "/proc/self", "/home/dev/.ssh", "/home/dev/.bashrc"])
    func badProject(path: String) {
        let error = #expect(throws: SandboxError.self) {
            try search(workstation()).find(.folder(path), current: "/")
        }
        #expect(error?.message.contains("--project \"\(path)\"") == true)
    }

    @Test("a folder reached through a link is taken where it really is")
    func linked() throws {
        var host = workstation()
        host.nodes["/home/dev/link"] = .link("src/app")
        #expect(try project(host, in: "/", choice: .folder("/home/dev/link")).folder == "/home/dev/src/app")
    }

    @Test("missing hooks are made as an empty folder; a link in their place is told of")
    func hooks() throws {
        var host = workstation()
        host.nodes["/home/dev/src/app/.git/hooks"] = nil
        let missing = try project(host, in: "/home/dev/src/app")
        #expect(missing.tree.create == ["/home/dev/src/app/.git/hooks"])
        #expect(readOnly(missing).contains("/home/dev/src/app/.git/hooks"))
        host.nodes["/home/dev/src/app/.git/hooks"] = .link("../../hooks")
        let link = try project(host, in: "/home/dev/src/app")
        #expect(link.tree.notes.count == 1 && !readOnly(link).contains("/home/dev/src/app/.git/hooks"))
    }

    @Test("hooks and included files that are part of the tree are guarded, the folders above them pinned")
    func hooksPath() throws {
        var host = workstation()
        host.nodes["/home/dev/src/app/.git/config"] = .file(
            "[core]\n\thooksPath = .husky/_ ; quiet\n[include]\n\tpath = ../conf/git.inc\n[extensions] worktreeConfig\n"
        )
        host.nodes["/home/dev/src/app/.husky/_/h"] = .file("")
        host.nodes["/home/dev/src/app/conf/git.inc"] = .file("")
        host.nodes["/home/dev/.gitconfig"] = .file("[Core]\nHooksPath = tools/hooks\n")
        let found = try project(host, in: "/home/dev/src/app")
        #expect(readOnly(found).contains("/home/dev/src/app/.husky"))
        #expect(readOnly(found).contains("/home/dev/src/app/conf/git.inc"))
        #expect(writable(found).contains("/home/dev/src/app/conf"))
        #expect(found.tree.watch.contains("/home/dev/src/app/tools/hooks"))
        let perTree = "/home/dev/src/app/.git/config.worktree"
        #expect(found.tree.createFiles.contains(PlaceholderFile(path: perTree, text: "")))
        #expect(readOnly(found).contains(perTree))
    }

    @Test("configuration of this program is guarded")
    func configuration() throws {
        var host = workstation()
        host.nodes["/home/dev/notes/sandbox.toml"] = .file("")
        host.nodes["/home/dev/notes/.sandbox/x"] = .file("")
        #expect(
            readOnly(try project(host, in: "/home/dev/notes")) == [
                "/home/dev/notes/.sandbox", "/home/dev/notes/sandbox.toml",
            ])
    }

    @Test("names with spaces, line feeds and colons are names")
    func oddNames() throws {
        let folder = "/home/dev/a b\nc:d\\e"
        let found = try project(FakeHost([folder + "/.git/HEAD": .file("x")]), in: folder)
        #expect(found.folder == folder && writable(found) == [folder + "/.git"])
    }
}

@Suite("git folders elsewhere")
struct LinkedWorkTreeTests {
    private func worktree() -> FakeHost {
        var host = workstation()
        let git = "/home/dev/src/app/.git"
        host.nodes["/home/dev/wt/.git"] = .file("gitdir: \(git)/worktrees/wt\n")
        host.nodes["\(git)/worktrees/wt/HEAD"] = .file("ref: x\n")
        host.nodes["\(git)/worktrees/wt/gitdir"] = .file("/home/dev/wt/.git\n")
        host.nodes["\(git)/worktrees/wt/commondir"] = .file("../..\n")
        host.nodes["\(git)/worktrees/other/HEAD"] = .file("ref: y\n")
        return host
    }

    @Test("a linked work tree shares its repository, not the other work trees' folders")
    func linked() throws {
        let found = try project(worktree(), in: "/home/dev/wt")
        let git = "/home/dev/src/app/.git"
        #expect(writable(found) == [git, git + "/worktrees/wt"])
        #expect(
            readOnly(found) == [
                git + "/commondir", git + "/config", git + "/hooks", git + "/worktrees",
                git + "/worktrees/wt/commondir",
                git + "/worktrees/wt/gitdir", "/home/dev/wt/.git",
            ])
    }

    @Test(
        "a .git file of an untrusted archive shares nothing",
        arguments: ["/home/dev/src/app/.git", "../.ssh", "/home/dev/src/app/.git/worktrees/wt", "/nowhere", ""])
    func planted(target: String) throws {
        var host = worktree()
        host.nodes["/home/dev/evil/.git"] = .file("gitdir: \(target)\n")
        host.nodes["/home/dev/.ssh/HEAD"] = .file("")
        let found = try project(host, in: "/home/dev/evil")
        #expect(found.tree.layers == [Layer("/home/dev/evil/.git", readOnly: true)])
        #expect(found.tree.notes.count == 1)
    }

    @Test("a work tree whose repository is somewhere else than it says shares nothing")
    func wrongCommon() throws {
        var host = worktree()
        host.nodes["/home/dev/src/app/.git/worktrees/wt/commondir"] = .file("/home/dev/.ssh\n")
        host.nodes["/home/dev/.ssh/HEAD"] = .file("")
        #expect(writable(try project(host, in: "/home/dev/wt")).isEmpty)
    }

    private func submodule() -> FakeHost {
        var host = workstation()
        let module = "/home/dev/src/app/.git/modules/libs/one"
        host.nodes[module + "/HEAD"] = .file("ref: x\n")
        host.nodes[module + "/config"] = .file("[core]\n\tworktree = ../../../../libs/one\n")
        host.nodes[module + "/hooks"] = .directory
        host.nodes["/home/dev/src/app/libs/one/.git"] = .file("gitdir: ../../.git/modules/libs/one\n")
        return host
    }

    @Test("a submodule as the project shares its own git folder")
    func inSubmodule() throws {
        let found = try project(submodule(), in: "/home/dev/src/app/libs/one")
        let module = "/home/dev/src/app/.git/modules/libs/one"
        #expect(found.folder == "/home/dev/src/app/libs/one" && found.tree.notes.isEmpty)
        #expect(writable(found) == [module])
        #expect(
            readOnly(found) == [
                module + "/commondir", module + "/config", module + "/hooks", "/home/dev/src/app/libs/one/.git",
            ])
    }

    @Test("submodules of the project are guarded too")
    func aboveSubmodule() throws {
        let found = try project(submodule(), in: "/home/dev/src/app")
        let git = "/home/dev/src/app/.git"
        #expect(readOnly(found).contains(git + "/modules/libs/one/config"))
        #expect(readOnly(found).contains("/home/dev/src/app/libs/one/.git"))
        #expect(
            writable(found).contains(git + "/modules/libs/one") && writable(found).contains("/home/dev/src/app/libs"))
    }

    @Test(
        "git's configuration is read as git reads it",
        arguments: [
            ("[core]\nhooksPath = a b ; c", "a b"), ("[core] hooksPath=x#y", "x"),
            ("[CORE]\n\tHOOKSPATH = \"a;b\" ", "a;b"),
            ("[core]\nhooksPath = a\\\\b\\tc", "a\\b\tc"), ("[core]\nhooksPath = a\\\nb", "ab"),
            ("[core]\r\nhooksPath = one\r\nhooksPath = two\r\n", "two"),
            ("# [core]\n[core \"sub\"]\nhooksPath = s", "s"),
            ("[other]\nhooksPath = a\n; hooksPath = b", nil),
        ] as [(String, String?)])
    func gitConfig(text: String, value: String?) {
        #expect(GitConfig(text).last("core.hookspath") == value)
    }
}
