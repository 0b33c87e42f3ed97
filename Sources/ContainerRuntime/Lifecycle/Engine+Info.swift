import Cgroups
import Confinement
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension Engine {
    /// The runtime and the host in lines of a name and a value, for people and their reports of bugs.
    package func hostDescription(version: String) throws(SandboxError) -> String {
        let cgroups = try CgroupHost.read()
        let kernel = systemName()
        var rows: [(String, String)] = [
            ("Version", version), ("Specification", runtimeFeatures().ociVersionMax),
            ("Libseccomp", libseccompVersion), ("Kernel-Release", kernel.release),
            ("Kernel-Version", kernel.version), ("Architecture", kernel.machine),
            ("Operating System", operatingSystem()), ("Cores", "\(sysconf(CInt(_SC_NPROCESSORS_ONLN)))"),
            ("Total Memory", "\(sysconf(CInt(_SC_PHYS_PAGES)) * sysconf(CInt(_SC_PAGESIZE)) / 1_048_576) MiB"),
            ("State", store.root), ("Rootless", facts.isRootless ? "yes" : "no"),
            ("Systemd", cgroups.systemd ? "yes" : "no"), ("Cgroup setup", cgroups.mode.rawValue),
        ]
        for hierarchy in cgroups.hierarchies {
            rows.append(("Cgroup mount", "\(hierarchy.mountPoint) (\(controllers(hierarchy)))"))
        }
        rows.append(("Namespaces", availableNamespaces().joined(separator: " ")))
        rows.append(("Security modules", securityModules()))
        return rows.map { $0.0 + String(repeating: " ", count: max(1, 18 - $0.0.count)) + $0.1 + "\n" }.joined()
    }

    private func controllers(_ hierarchy: CgroupHost.Hierarchy) -> String {
        guard hierarchy.unified else { return hierarchy.controllers.joined(separator: " ") }
        return "v2: " + oneLine("\(hierarchy.mountPoint)/cgroup.controllers")
    }

    private func availableNamespaces() -> [String] {
        let files = [("pid", "pid"), ("network", "net"), ("mount", "mnt")]
        let same = ["ipc", "uts", "user", "cgroup", "time"].map { ($0, $0) }
        return (files + same).filter { fileExists("/proc/self/ns/\($0.1)") }.map(\.0)
    }

    private func securityModules() -> String { oneLine("/sys/kernel/security/lsm") }

    /// The name that os-release(5) has for people.
    private func operatingSystem() -> String {
        let text: String
        // A host without the file has no name.
        do { text = try readText("/etc/os-release") } catch { return "unknown" }
        for line in text.split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
            return String(line.dropFirst(12)).filter { $0 != "\"" }
        }
        return "unknown"
    }

    private func oneLine(_ path: String) -> String {
        // What is not there, or not for this user to see, is not known.
        do { return trimmed(try readText(path)) } catch { return "unknown" }
    }
}
