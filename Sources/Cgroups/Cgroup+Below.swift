import Diagnostics
import LinuxKernel

/// Groups below a container's own that an `exec` asks for: `PATH` for all hierarchies, or `CONTROLLER[,…]:PATH` for
/// each of version 1's.
package struct CgroupsBelow: Equatable, Sendable {
    /// By controller; the empty one stands for all.
    package private(set) var paths: [String: String] = [:]

    /// - Throws: `invalidInput` in the words of the reference runtime.
    package init(_ arguments: [String]) throws(SandboxError) {
        for argument in arguments {
            let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                guard arguments.count == 1 else { throw Self.invalid(argument, "missing <controller>: prefix") }
                paths[""] = argument
                return
            }
            for controller in parts[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
                if controller.isEmpty { throw Self.invalid(argument, "empty <controller> prefix") }
                guard paths.updateValue(String(parts[1]), forKey: controller) == nil else {
                    throw Self.invalid(argument, "controller \(controller) specified multiple times")
                }
            }
        }
    }

    private static func invalid(_ argument: String, _ why: String) -> SandboxError {
        SandboxError(.invalidInput, "invalid --cgroup argument: \(argument) (\(why))")
    }
}

extension Cgroup {
    /// The existing group below this one that `below` names, for one more process.
    package func descending(_ below: CgroupsBelow) throws(SandboxError) -> Cgroup {
        var record = record
        for (controller, path) in below.paths.sorted(by: { $0.key < $1.key }) {
            let indices = record.directories.indices.filter { index in
                controller.isEmpty || record.directories[index].controllers.contains(controller)
            }
            guard !indices.isEmpty else {
                throw SandboxError(.invalidInput, "unknown controller \(controller) in --cgroup")
            }
            for index in indices {
                record.directories[index].path = try Self.child(record.directories[index].path, path)
            }
        }
        return Cgroup(record)
    }

    /// `base` itself or a group below it: nothing that leads up.
    private static func child(_ base: String, _ path: String) throws(SandboxError) -> String {
        guard !path.split(separator: "/").contains(".."), !path.utf8.contains(0) else {
            throw SandboxError(.invalidInput, "bad sub cgroup path: \(path)")
        }
        let inner = cleanPath(path)
        let whole = inner == "/" ? base : base + inner
        guard fileExists(whole) else {
            // In words that scripts match: no process has begun to enter it.
            throw SandboxError(.noSuchFileOrDirectory, "adding pid \(getpid()) to cgroups: open \(whole)")
        }
        return whole
    }
}
