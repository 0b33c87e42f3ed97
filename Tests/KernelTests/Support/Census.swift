import Foundation
import Testing

/// What a sandbox could leave behind on the host: processes, mounts, cgroups, state and temporary files.
/// Taken before and after; whatever is new afterwards is a leak.
///
/// The host has other users, so only what bears this scene's marks is looked at where others come and go.
struct Census {
    private var findings: [String: Set<String>]

    init(_ scene: Scene) {
        findings = [
            "process": Self.processes(of: scene),
            "mount": Set(readText("/proc/self/mountinfo").split(separator: "\n").map(String.init)),
            "cgroup": Self.tree("/sys/fs/cgroup", kind: S_IFDIR).filter { $0.contains("sandbox") },
            "state": Self.files(below: "/run/sandbox").union(Self.files(below: scene.runtime)),
            "temporary file": Self.entries(of: "/tmp").union(Self.entries(of: "/dev/shm"))
                .filter { $0.contains("sandbox") && !$0.hasPrefix("sandbox-test") },
        ]
    }

    /// What is there now and was not before, in words; empty is right. A process that is on its way out gets two
    /// seconds to go.
    func leaks(_ scene: Scene) -> [String] {
        var found: [String] = []
        _ = eventually(within: 2) {
            let now = Census(scene)
            found = findings.keys.sorted().flatMap { kind in
                (now.findings[kind] ?? []).subtracting(findings[kind] ?? []).sorted().map { "\(kind): \($0)" }
            }
            return found.isEmpty
        }
        return found
    }

    /// Processes started from the scene's executable or folder, and those inside a sandbox: they are known by
    /// `scene.nap`, since neither their paths nor their environment tell where they came from.
    private static func processes(of scene: Scene) -> Set<String> {
        let nap = scene.nap.split(separator: " ").last.map(String.init) ?? scene.nap
        return Set(
            entries(of: "/proc").compactMap { entry in
                guard let pid = pid_t(entry), pid != getpid() else { return nil }
                let line = readText("/proc/\(entry)/cmdline").replacingOccurrences(of: "\0", with: " ")
                let links = ["exe", "cwd", "root"].compactMap {
                    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(entry)/\($0)")
                }
                let isOurs =
                    line.contains(scene.executable.folder) || line.contains(nap)
                    || links.contains { $0.hasPrefix(scene.executable.folder) }
                return isOurs ? "\(entry) \(line)" : nil
            })
    }

    private static func entries(of folder: String) -> Set<String> {
        // A folder that is not there has no entries.
        Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    }

    /// Files, sockets, FIFOs and links; empty folders and compiled filters are kept for the next run and are no state.
    private static func files(below folder: String) -> Set<String> {
        [S_IFREG, S_IFSOCK, S_IFIFO, S_IFLNK].reduce(into: []) { $0.formUnion(tree(folder, kind: $1)) }
    }

    private static func tree(_ folder: String, kind: mode_t) -> Set<String> {
        var found: Set<String> = []
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init()
        where !path.contains("@filters/") {
            var status = stat()
            if lstat(folder + "/" + path, &status) == 0, status.st_mode & S_IFMT == kind { found.insert(path) }
        }
        return found
    }
}

/// Runs `body` and expects that it leaves nothing on the host.
func leavesNothing(
    _ scene: Scene, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws {
    let before = Census(scene)
    try body()
    let leaks = before.leaks(scene)
    #expect(leaks.isEmpty, "left behind: \(leaks.joined(separator: "; "))", sourceLocation: sourceLocation)
}
