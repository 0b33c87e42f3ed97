import Diagnostics
import RuntimeSpec

/// What a caller decides that is not in `config.json`.
package struct PlanRequest: Equatable, Sendable {
    package var id: String
    /// Absolute path of the bundle.
    package var bundle: String
    package var rootSource: RootSource
    package var supervision: Supervision
    /// False: `--no-pivot`.
    package var pivots: Bool

    package init(
        id: String, bundle: String, rootSource: RootSource = .directory, supervision: Supervision = .none,
        pivots: Bool = true
    ) {
        self.id = id
        self.bundle = bundle
        self.rootSource = rootSource
        self.supervision = supervision
        self.pivots = pivots
    }
}

/// Decides how a container is made: a pure function of the specification, the bundle and the host.
///
/// - Throws: `invalidInput` naming the JSON path for whatever cannot be carried out.
package func plan(
    _ spec: Spec, _ request: PlanRequest, _ facts: HostFacts
) throws(SandboxError) -> Plan {
    guard let root = spec.root else {
        throw SandboxError(.invalidInput, "root: a container needs a root filesystem")
    }
    let linux = spec.linux ?? Spec.Linux()
    let namespaces = try planNamespaces(linux)
    let hasUserNamespace = namespaces.has(.user)
    return Plan(
        id: request.id,
        namespaces: namespaces,
        idMaps: namespaces.makes(.user) ? try planIDMaps(linux) : nil,
        root: planRoot(root, linux, request),
        steps: try planSteps(spec, linux, request, isRootless: hasUserNamespace || facts.isRootless),
        sysctls: try planSysctls(linux),
        readOnlyPaths: linux.readonlyPaths ?? [],
        maskedPaths: linux.maskedPaths ?? [],
        hostname: spec.hostname,
        domainname: spec.domainname,
        networkDevices: planNetworkDevices(linux),
        intelRdt: linux.intelRdt,
        process: try spec.process.map { (process) throws(SandboxError) in try planProcess(process, linux) },
        supervision: request.supervision,
        hooks: spec.hooks ?? Spec.Hooks())
}

/// Sorted, so that the same bundle always gives the same plan.
private func planNetworkDevices(_ linux: Spec.Linux) -> [NetworkDevicePlan] {
    (linux.netDevices ?? [:]).sorted { $0.key < $1.key }.map { name, device in
        NetworkDevicePlan(hostName: name, containerName: device.name ?? name)
    }
}

/// Decides how one more process is started in a running container.
package func planExec(
    _ id: String, _ process: Spec.Process, _ linux: Spec.Linux, joined: [NamespacePlan.Joined]
) throws(SandboxError) -> Plan {
    let affinity = process.execCPUAffinity
    var process = try planProcess(process, linux)
    process.execAffinity = ExecAffinity(affinity)
    return Plan(
        id: id, namespaces: NamespacePlan(new: [], joined: joined, timeOffsets: []), idMaps: nil,
        root: RootPlan(
            path: "/", source: .directory, isReadOnly: false, propagation: nil, propagationIsRecursive: false,
            pivots: false),
        steps: [], sysctls: [], readOnlyPaths: [], maskedPaths: [], hostname: nil, domainname: nil,
        networkDevices: [], intelRdt: nil, process: process, supervision: .none, hooks: Spec.Hooks())
}

private func planNamespaces(_ linux: Spec.Linux) throws(SandboxError) -> NamespacePlan {
    let all = linux.namespaces ?? []
    var offsets: [String] = []
    for (clock, offset) in (linux.timeOffsets ?? [:]).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        offsets.append("\(clock.rawValue) \(offset.secs ?? 0) \(offset.nanosecs ?? 0)")
    }
    return NamespacePlan(
        new: all.filter { ($0.path ?? "").isEmpty }.map(\.kind),
        joined: all.compactMap { namespace in
            guard let path = namespace.path, !path.isEmpty else { return nil }
            return NamespacePlan.Joined(kind: namespace.kind, path: path)
        },
        timeOffsets: offsets)
}

private func planIDMaps(_ linux: Spec.Linux) throws(SandboxError) -> IDMaps {
    guard let uids = linux.uidMappings, !uids.isEmpty else {
        throw SandboxError(.invalidInput, "linux.uidMappings: a user namespace needs at least one mapping")
    }
    guard let gids = linux.gidMappings, !gids.isEmpty else {
        throw SandboxError(.invalidInput, "linux.gidMappings: a user namespace needs at least one mapping")
    }
    return IDMaps(uids: uids, gids: gids)
}

private func planRoot(_ root: Spec.Root, _ linux: Spec.Linux, _ request: PlanRequest) -> RootPlan {
    let word = linux.rootfsPropagation?.rawValue
    let isRecursive = word?.hasPrefix("r") ?? true
    let name = word.map { $0.hasPrefix("r") ? String($0.dropFirst()) : $0 }
    return RootPlan(
        path: absolutePath(root.path, in: request.bundle),
        source: request.rootSource,
        isReadOnly: root.readonly ?? false,
        propagation: name.flatMap(Propagation.init(rawValue:)),
        propagationIsRecursive: isRecursive,
        pivots: request.pivots)
}

/// `path` itself when it is absolute, else below `folder`; repeated slashes and `.` are left to the kernel.
package func absolutePath(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") { return path }
    return folder.hasSuffix("/") ? folder + path : folder + "/" + path
}

private func planSysctls(_ linux: Spec.Linux) throws(SandboxError) -> [Sysctl] {
    (linux.sysctl ?? [:]).sorted { $0.key < $1.key }.map { key, value in
        Sysctl(key: key, value: value, path: sysctlPath(key))
    }
}

/// The path below `/proc/sys` of a sysctl's name (sysctl(8)): in `net.ipv4.conf.eth0/1.x` the first separator decides
/// which one separates, and the other stands for itself, swapped.
package func sysctlPath(_ key: String) -> String {
    guard let first = key.first(where: { $0 == "." || $0 == "/" }), first == "." else { return key }
    return String(key.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
}

private func planProcess(_ process: Spec.Process, _ linux: Spec.Linux) throws(SandboxError) -> ProcessPlan {
    guard let arguments = process.args, !arguments.isEmpty else {
        throw SandboxError(.invalidInput, "process.args: the command is missing")
    }
    let size = process.consoleSize.map {
        TerminalSize(rows: UInt16(clamping: $0.height), columns: UInt16(clamping: $0.width))
    }
    return ProcessPlan(
        arguments: arguments,
        environment: process.env ?? [],
        workingDirectory: process.cwd.isEmpty ? "/" : process.cwd,
        uid: process.user.uid,
        gid: process.user.gid,
        additionalGids: process.user.additionalGids ?? [],
        umask: process.user.umask,
        hasTerminal: process.terminal ?? false,
        consoleSize: size,
        noNewPrivileges: process.noNewPrivileges ?? false,
        capabilities: process.capabilities,
        limits: process.rlimits ?? [],
        oomScoreAdjustment: process.oomScoreAdj.map(Int.init),
        scheduler: process.scheduler,
        ioPriority: process.ioPriority,
        personality: linux.personality,
        memoryPolicy: linux.memoryPolicy.map(MemoryPolicyPlan.init),
        seccomp: linux.seccomp,
        appArmorProfile: process.apparmorProfile,
        seLinuxLabel: process.selinuxLabel)
}
