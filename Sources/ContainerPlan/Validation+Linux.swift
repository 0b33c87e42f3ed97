import Diagnostics
import RuntimeSpec

func validate(_ linux: Spec.Linux, of spec: Spec) throws(SandboxError) {
    try validateNamespaces(linux, of: spec)
    try validateSysctls(linux.sysctl ?? [:], of: spec)
    try validateText(linux.cgroupsPath ?? "", "linux.cgroupsPath")
    try validateText(linux.mountLabel ?? "", "linux.mountLabel")
    for (paths, name) in [(linux.maskedPaths, "maskedPaths"), (linux.readonlyPaths, "readonlyPaths")] {
        let paths = paths ?? []
        if !paths.isEmpty && !spec.has(.mount) {
            throw invalid("linux.\(name)", "needs a mount namespace in linux.namespaces")
        }
        for (index, path) in paths.enumerated() {
            try validatePath(path, "linux.\(name)[\(index)]", absolute: true)
        }
    }
    for (index, device) in (linux.devices ?? []).enumerated() { try validate(device, "linux.devices[\(index)]") }
    try validateNetDevices(linux.netDevices ?? [:], of: spec)
    if let resources = linux.resources { try validate(resources, at: "linux.resources") }
    if let seccomp = linux.seccomp { try validate(seccomp, at: "linux.seccomp") }
    if let flags = linux.personality?.flags, let flag = flags.first {
        throw invalid("linux.personality.flags[0]", "unknown flag \(quoted(flag))")
    }
    try validateRdt(linux.intelRdt ?? Spec.Linux.IntelRdt())
    if let policy = linux.memoryPolicy { try validate(policy) }
}

/// The file type engines add to `fileMode` (S_IFMT).
private let fileTypeBits: UInt32 = 0o170000

/// mknod(2); the kernel's device numbers have 12 and 20 bits.
private func validate(_ device: Spec.Linux.Device, _ path: String) throws(SandboxError) {
    try validatePath(device.path, path + ".path", absolute: true)
    try validateID(device.uid, path + ".uid")
    try validateID(device.gid, path + ".gid")
    if let mode = device.fileMode { try validateRange(mode & ~fileTypeBits, 0...0o7777, path + ".fileMode") }
    guard device.kind != .fifo else { return }
    guard let major = device.major else { throw invalid(path + ".major", "missing") }
    guard let minor = device.minor else { throw invalid(path + ".minor", "missing") }
    try validateRange(major, 0...0xFFF, path + ".major")
    try validateRange(minor, 0...0xFFFFF, path + ".minor")
}

/// Names as the kernel takes them (net/core/dev.c, dev_valid_name): 1 to 15 bytes, no `/`, `:` or white space, which to
/// the kernel includes the byte 0xA0.
private func validateNetDevices(_ devices: [String: Spec.Linux.NetDevice], of spec: Spec) throws(SandboxError) {
    if !devices.isEmpty && !spec.has(.network) {
        throw invalid("linux.netDevices", "needs a network namespace in linux.namespaces")
    }
    var targets: [String: String] = [:]
    for (name, device) in devices.sorted(by: { $0.key < $1.key }) {
        let path = JSONFailure.path([.key("linux"), .key("netDevices"), .key(name)])
        guard isInterfaceName(name) else { throw invalid(path, "no name of a network device") }
        let target = device.name ?? name
        guard isInterfaceName(target) else {
            throw invalid(path + ".name", "expected a name of a network device, found \(quoted(target))")
        }
        // `%d` is replaced by a number that is free, so the same pattern may come twice.
        if let other = targets.updateValue(name, forKey: target), !target.contains("%d") {
            throw invalid(path, "gets the same name as \(quoted(other)), \(quoted(target))")
        }
    }
}

private func isInterfaceName(_ name: String) -> Bool {
    (1...15).contains(name.utf8.count) && name != "." && name != ".."
        && name.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") && $0 != 0xA0 }
}

/// resctrl takes one folder name and one line each.
private func validateRdt(_ rdt: Spec.Linux.IntelRdt) throws(SandboxError) {
    if let closID = rdt.closID, closID != "/" {
        try validateText(closID, "linux.intelRdt.closID")
        if closID == "." || closID == ".." || closID.utf8.contains(UInt8(ascii: "/")) {
            throw invalid("linux.intelRdt.closID", "expected the name of a folder, found \(quoted(closID))")
        }
    }
    var lines = [(rdt.l3CacheSchema, "l3CacheSchema"), (rdt.memBwSchema, "memBwSchema")]
    lines += (rdt.schemata ?? []).enumerated().map { ($1, "schemata[\($0)]") }
    for case (let line?, let name) in lines {
        try validateText(line, "linux.intelRdt.\(name)")
        if line.utf8.contains(UInt8(ascii: "\n")) { throw invalid("linux.intelRdt.\(name)", "more than one line") }
    }
    if let schema = rdt.memBwSchema, !schema.hasPrefix("MB:") {
        throw invalid("linux.intelRdt.memBwSchema", "expected a line starting with \"MB:\", found \(quoted(schema))")
    }
}

/// set_mempolicy(2).
private func validate(_ policy: Spec.Linux.MemoryPolicy) throws(SandboxError) {
    let nodes = policy.nodes ?? ""
    let mask = NumberMask(list: nodes)
    if mask == nil && !nodes.isEmpty {
        throw invalid(
            "linux.memoryPolicy.nodes",
            "invalid memory policy node: expected a list as \"0-3,7\", found \(quoted(nodes))")
    }
    let mode = "\(policy.mode.rawValue) mode requires"
    switch policy.mode {
    case .default, .local:
        if let count = mask?.count { throw invalid("linux.memoryPolicy.nodes", "\(mode) 0 nodes but got \(count)") }
    case .bind, .interleave, .weightedInterleave, .preferredMany:
        if mask == nil { throw invalid("linux.memoryPolicy.nodes", "\(mode) at least 1 node but got none") }
    case .preferred: break
    }
    let flags = policy.flags ?? []
    if flags.contains(.staticNodes) && flags.contains(.relativeNodes) {
        throw invalid("linux.memoryPolicy.flags", "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other")
    }
}
