import Diagnostics
import RuntimeSpec

/// What is done in the resctrl file system for a container (`config-linux.md`, IntelRdt). Paths are relative to its
/// mount point.
package struct ResctrlPlan: Equatable, Sendable {
    /// The class of service; empty: the default one.
    package var folder: String
    /// It is made.
    package var makes: Bool
    /// It is the container's own, and goes with it.
    package var isOwn: Bool
    /// Written to `schemata`, a line at a time.
    package var lines: [String]
    /// The monitoring group, which always goes with the container.
    package var monitor: String?

    package init(folder: String, makes: Bool, isOwn: Bool, lines: [String], monitor: String? = nil) {
        self.folder = folder
        self.makes = makes
        self.isOwn = isOwn
        self.lines = lines
        self.monitor = monitor
    }
}

/// Decides by the specification's rules; pure.
///
/// - Parameter schemata: the `schemata` file of the class; nil when there is no such class.
package func planResctrl(
    _ rdt: Spec.Linux.IntelRdt, id: String, schemata: String?
) throws(SandboxError) -> ResctrlPlan {
    let folder = resctrlFolder(rdt, id: id)
    let lines = [rdt.l3CacheSchema, rdt.memBwSchema].compactMap { $0 } + (rdt.schemata ?? [])
    var plan = ResctrlPlan(folder: folder, makes: schemata == nil, isOwn: false, lines: lines)
    if rdt.enableMonitoring == true { plan.monitor = (folder.isEmpty ? "" : folder + "/") + "mon_groups/" + id }
    guard rdt.closID != nil else {
        plan.isOwn = plan.makes
        return plan
    }
    guard let schemata else {
        if lines.isEmpty {
            throw SandboxError(
                .notFound, "linux.intelRdt.closID: there is no class \"\(folder)\", and nothing to make it with",
                remedy: "make it beforehand, or give schemata")
        }
        return plan
    }
    for line in lines where !schemataAgree(line, schemata) {
        throw SandboxError(
            .wrongState, "linux.intelRdt: the class \"\(folder)\" is there, and its schemata are not \"\(line)\"",
            remedy: "choose another closID, or leave the schemata out")
    }
    plan.lines = []
    return plan
}

/// The folder of the class below the mount point.
package func resctrlFolder(_ rdt: Spec.Linux.IntelRdt, id: String) -> String {
    rdt.closID.map { $0 == "/" ? "" : $0 } ?? id
}

/// Whether the file's line for the same resource has every value that `line` gives; leading zeros do not count.
private func schemataAgree(_ line: String, _ file: String) -> Bool {
    guard let (name, wanted) = schema(line) else { return false }
    return file.split(separator: "\n").contains { present in
        guard let (other, values) = schema(String(present)), other == name else { return false }
        return wanted.allSatisfy { values[$0.key] == $0.value }
    }
}

/// `L3:0=7f0;1=1f`, as the kernel writes it with blanks in front.
private func schema(_ line: String) -> (name: String, values: [String: String])? {
    let parts = line.split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    var values: [String: String] = [:]
    for pair in parts[1].split(separator: ";") {
        let sides = pair.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
        guard sides.count == 2 else { return nil }
        values[sides[0]] = String(sides[1].lowercased().drop { $0 == "0" })
    }
    return (parts[0].filter { $0 != " " }, values)
}
