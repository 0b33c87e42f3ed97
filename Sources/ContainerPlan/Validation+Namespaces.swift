import Diagnostics
import RuntimeSpec

/// Each kind once, and the settings that only a namespace of one's own can have.
func validateNamespaces(_ linux: Spec.Linux, of spec: Spec) throws(SandboxError) {
    let namespaces = linux.namespaces ?? []
    for (index, namespace) in namespaces.enumerated() {
        let path = "linux.namespaces[\(index)]"
        if namespaces[..<index].contains(where: { $0.kind == namespace.kind }) {
            throw invalid(path + ".type", "\(namespace.kind.rawValue) is listed twice")
        }
        if let file = namespace.path { try validatePath(file, path + ".path", absolute: true) }
    }
    try validateUserMappings(linux, of: spec)
    try validateTimeOffsets(linux.timeOffsets ?? [:], of: spec)
}

/// A new user namespace needs both maps. One that is joined has its own; engines give the maps all the same, so they
/// are accepted here and compared with the namespace's when it is joined.
private func validateUserMappings(_ linux: Spec.Linux, of spec: Spec) throws(SandboxError) {
    let user = linux.namespaces?.first { $0.kind == .user }
    for (mappings, name) in [(linux.uidMappings ?? [], "uidMappings"), (linux.gidMappings ?? [], "gidMappings")] {
        try validateMappings(mappings, "linux.\(name)")
        if user == nil && !mappings.isEmpty {
            throw invalid("linux.\(name)", "needs a user namespace in linux.namespaces")
        }
        if let user, user.path == nil, mappings.isEmpty {
            throw invalid("linux.\(name)", "missing, and a new user namespace needs it")
        }
    }
}

/// time_namespaces(7): the offsets of a namespace that exists cannot be changed.
private func validateTimeOffsets(
    _ offsets: [Spec.Linux.Clock: Spec.Linux.TimeOffset], of spec: Spec
) throws(SandboxError) {
    if offsets.isEmpty { return }
    guard let namespace = spec.linux?.namespaces?.first(where: { $0.kind == .time }) else {
        throw invalid("linux.timeOffsets", "needs a time namespace in linux.namespaces")
    }
    if namespace.path != nil { throw invalid("linux.timeOffsets", "a time namespace that is joined has its own") }
    for clock in Spec.Linux.Clock.allCases {
        try validateRange(
            offsets[clock]?.nanosecs, 0...999_999_999, "linux.timeOffsets.\(clock.rawValue).nanosecs")
    }
}

/// Only parameters of namespaces the container has to itself may be set: the others are the host's.
func validateSysctls(_ parameters: [String: String], of spec: Spec) throws(SandboxError) {
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
        let path = JSONFailure.path([.key("linux"), .key("sysctl"), .key(name)])
        guard let file = sysctlFile(name) else { throw invalid(path, "no name of a kernel parameter") }
        try validateText(value, path)
        if file == "kernel/hostname" { throw invalid(path, "set by the property hostname") }
        guard let kind = namespace(ofParameter: file) else { throw invalid(path, "not separate for each namespace") }
        if !spec.has(kind) { throw invalid(path, "needs a \(kind.rawValue) namespace in linux.namespaces") }
    }
}

/// The file below `/proc/sys` of a kernel parameter, by the rules of sysctl.d(5): the first separator decides whether
/// `.` or `/` separates, and the other one stands for it inside a part (`net.ipv4.conf.eno2/100.rp_filter`).
/// nil when a part is empty, `.` or `..`.
package func sysctlFile(_ name: String) -> String? {
    let isDotted = name.utf8.first { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") } == UInt8(ascii: ".")
    let file =
        isDotted
        ? String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
        : name
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count > 1, !file.utf8.contains(0), parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
        return nil
    }
    return file
}

/// The namespace a parameter belongs to; nil for those of the whole host.
private func namespace(ofParameter file: String) -> Spec.Linux.Namespace.Kind? {
    switch file {
    case "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax",
        "kernel/shmmni", "kernel/shm_rmid_forced":
        .ipc
    case "kernel/domainname": .uts
    case _ where file.hasPrefix("fs/mqueue/"): .ipc
    case _ where file.hasPrefix("net/"): .network
    case _ where file.hasPrefix("user/"): .user
    default: nil
    }
}
