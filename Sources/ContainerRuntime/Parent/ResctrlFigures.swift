import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// What the resctrl file system tells of a container's class, as the `intel_rdt` object of runc's `events`.
///
/// A property that the processor does not have is left out.
func resctrlFigures(root: String, _ rdt: Spec.Linux.IntelRdt, id: String) throws(SandboxError) -> JSON {
    let name = resctrlFolder(rdt, id: id)
    let folder = name.isEmpty ? root : "\(root)/\(name)"
    let lines = schemataLines(folder)
    let rootLines = schemataLines(root)
    let monitored = rdt.enableMonitoring == true ? "\(folder)/mon_groups/\(id)" : folder
    var members = [
        info(
            "l3_cache_info", "\(root)/info/L3", [("cbm_mask", true), ("min_cbm_bits", false), ("num_closids", false)]),
        line("l3_cache_schema_root", rootLines, "L3"), line("l3_cache_schema", lines, "L3"),
        info(
            "mem_bw_info", "\(root)/info/MB",
            [("bandwidth_gran", false), ("delay_linear", false), ("min_bandwidth", false), ("num_closids", false)]),
        line("mem_bw_schema_root", rootLines, "MB"), line("mem_bw_schema", lines, "MB"),
    ].compactMap { $0 }
    if !lines.isEmpty { members.append(.init("schemata", .array(lines.map { .string($0) }))) }
    let domains = try monitoredDomains(monitored)
    for (name, files) in [
        ("mbm_stats", ["mbm_total_bytes", "mbm_local_bytes"]), ("cmt_stats", ["llc_occupancy"]),
    ] {
        let counted = domains.map { figures($0, files) }.filter { !$0.isEmpty }
        if !counted.isEmpty { members.append(JSON.Member(name, .array(counted.map { .object($0) }))) }
    }
    return .object(members)
}

private func schemataLines(_ folder: String) -> [String] {
    contents("\(folder)/schemata").split(separator: "\n").map { trimmed(String($0.drop { $0 == " " })) }
}

private func line(_ name: String, _ lines: [String], _ resource: String) -> JSON.Member? {
    lines.first { $0.hasPrefix(resource + ":") }.map { .init(name, .string($0)) }
}

/// A property for each file that is there, as text or as a number.
private func info(_ name: String, _ folder: String, _ files: [(name: String, isText: Bool)]) -> JSON.Member? {
    let members = files.compactMap { file -> JSON.Member? in
        let text = trimmed(contents("\(folder)/\(file.name)"))
        if text.isEmpty { return nil }
        return file.isText ? .init(file.name, .string(text)) : number(file.name, text)
    }
    return members.isEmpty ? nil : .init(name, .object(members))
}

/// The folders of the level 3 caches below `mon_data`, in the order of their numbers.
private func monitoredDomains(_ folder: String) throws(SandboxError) -> [String] {
    guard fileExists("\(folder)/mon_data") else { return [] }
    let names = try attempt("list \(folder)/mon_data") { () throws(Errno) in
        let data = try openPath("\(folder)/mon_data", O_RDONLY | O_DIRECTORY)
        return try directoryEntries(of: data)
    }
    return names.filter { $0.hasPrefix("mon_L3_") }.sorted().map { "\(folder)/mon_data/\($0)" }
}

private func figures(_ domain: String, _ files: [String]) -> [JSON.Member] {
    // "Unavailable" while the hardware has no counter to spare.
    files.compactMap { number($0, trimmed(contents("\(domain)/\($0)"))) }
}

private func number(_ name: String, _ text: String) -> JSON.Member? {
    UInt64(text).map { .init(name, .integer($0)) }
}

/// Empty for a file that is not there.
private func contents(_ file: String) -> String {
    do { return try readText(file) } catch { return "" }
}
