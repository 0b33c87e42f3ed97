import Foundation

/// The built executable, copied with its links to where every user of the host can start it: a checkout is
/// often in a folder that is closed to others, and an attack on the executable must not hit the build's.
struct Executable: Sendable {
    /// A folder with `sandbox`, `sandbox-oci`, `sandbox-overlay` and `runc`, and with the tests' scenes.
    let folder: String

    static let shared: Result<Executable, TestTrouble> = {
        do { return .success(try Executable()) } catch let trouble as TestTrouble { return .failure(trouble) } catch {
            return .failure(TestTrouble("\(error)"))
        }
    }()

    private init() throws {
        let named = ProcessInfo.processInfo.environment["SANDBOX_EXECUTABLE"]
        let source = named ?? FileManager.default.currentDirectoryPath + "/.build/debug/sandbox"
        guard access(source, X_OK) == 0 else {
            throw TestTrouble("\(source) is not there: swift build, or name it with SANDBOX_EXECUTABLE")
        }
        // Not below /tmp, which a sandbox has for itself.
        var template = Array("/var/tmp/sandbox-tests.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestTrouble("no folder below /var/tmp can be made") }
        let made = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        folder = made
        Self.removeAtExit(made)
        _ = try TestTrouble.check(chmod(made, 0o755), "chmod")
        try FileManager.default.copyItem(atPath: source, toPath: made + "/sandbox")
        for link in ["sandbox-oci", "sandbox-overlay", "runc"] {
            try FileManager.default.createSymbolicLink(atPath: made + "/" + link, withDestinationPath: "sandbox")
        }
    }

    nonisolated(unsafe) private static var left: String?
    private static func removeAtExit(_ folder: String) {
        left = folder
        atexit { Executable.left.map { try? FileManager.default.removeItem(atPath: $0) } }
    }
}

/// A caller's stage for one test: a home, a runtime folder and a project of its own, all removed at the end,
/// and the ways to start the sandbox there.
final class Scene {
    let caller: Caller
    let executable: Executable
    let folder: String
    var home: String { folder + "/home" }
    var project: String { folder + "/home/project" }
    var runtime: String { folder + "/runtime" }
    /// A command that takes long, and whose number tells its processes from all others.
    let nap = "sleep \(Int.random(in: 1_000_000..<10_000_000))"
    /// What the caller's shell would hand to the sandbox.
    var environment: [String: String]

    init(_ caller: Caller) throws {
        self.caller = caller
        executable = try Executable.shared.get()
        folder = executable.folder + "/scene-" + UUID().uuidString.prefix(8)
        environment = [
            "PATH": Host.searchPath, "HOME": folder + "/home", "USER": caller.name, "LOGNAME": caller.name,
            "LANG": "C.UTF-8", "TERM": "xterm",
        ]
        if !caller.isRoot { environment["XDG_RUNTIME_DIR"] = folder + "/runtime" }
        for path in [folder, home, project, runtime] { try makeFolder(path) }
        _ = chmod(runtime, 0o700)
        try makeRepository()
    }

    deinit {
        // A caller's subordinate ids own files that the caller itself cannot remove.
        guard (try? FileManager.default.removeItem(atPath: folder)) == nil, !caller.isRoot else { return }
        _ = try? run(["unshare", "--map-auto", "--map-root-user", "rm", "-rf", folder])
    }

    /// The smallest git repository: what git itself needs to call it one.
    private func makeRepository() throws {
        for path in [".git", ".git/hooks", ".git/objects", ".git/refs"] { try makeFolder(project + "/" + path) }
        try write("ref: refs/heads/main\n", to: project + "/.git/HEAD")
        try write("[core]\n\trepositoryformatversion = 0\n\tbare = false\n", to: project + "/.git/config")
    }

    func makeFolder(_ path: String) throws {
        _ = try TestTrouble.check(mkdir(path, 0o755), "mkdir \(path)")
        try caller.own(path)
    }

    func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
            throw TestTrouble("cannot write \(path)")
        }
        _ = try TestTrouble.check(chmod(path, mode), "chmod \(path)")
        try caller.own(path)
    }

    /// How `arguments` are started as the caller, in `directory` (default: the project).
    func invocation(
        _ arguments: [String], environment extra: [String: String] = [:], in directory: String? = nil
    ) -> Invocation {
        Invocation(
            arguments: caller.wrap(arguments), environment: environment.merging(extra) { $1 },
            directory: directory ?? project)
    }

    /// Runs any program as the caller.
    func run(
        _ arguments: [String], feeding input: [UInt8] = [], environment extra: [String: String] = [:],
        in directory: String? = nil, within seconds: Double = 20
    ) throws -> Outcome {
        try Child(invocation(arguments, environment: extra, in: directory)).finish(feeding: input, within: seconds)
    }

    /// Runs the sandbox as the caller.
    func sandbox(
        _ arguments: String..., feeding input: [UInt8] = [], environment extra: [String: String] = [:],
        in directory: String? = nil, within seconds: Double = 20
    ) throws -> Outcome {
        try run(
            [executable.folder + "/sandbox"] + arguments, feeding: input, environment: extra, in: directory,
            within: seconds)
    }

    /// `sandbox run OPTIONS -- sh -c SCRIPT` in the project.
    func shell(_ script: String, options: [String] = []) throws -> Outcome {
        try run([executable.folder + "/sandbox", "run"] + options + ["--", "sh", "-c", script])
    }

    /// Starts the sandbox and lets it run.
    func start(_ arguments: String..., environment extra: [String: String] = [:]) throws -> Child {
        try Child(invocation([executable.folder + "/sandbox"] + arguments, environment: extra))
    }

    /// Starts the sandbox on a terminal.
    func terminal(_ arguments: [String]) throws -> Terminal {
        try Terminal(invocation(arguments))
    }
}
