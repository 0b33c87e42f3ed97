import Diagnostics
import RuntimeSpec

/// The mounts, devices and links below the root, in the order in which they are made.
func planSteps(
    _ spec: Spec, _ linux: Spec.Linux, _ request: PlanRequest, isRootless: Bool
) throws(SandboxError) -> [Step] {
    var steps: [Step] = []
    var ownsDev = true
    for (index, mount) in (spec.mounts ?? []).enumerated() {
        var mount = mount
        mount.destination = inside(root: spec.root, request.bundle, mount.destination)
        let step = try planMount(mount, origin: "mounts[\(index)]", bundle: request.bundle, label: linux.mountLabel)
        if case .bind(let bind) = step, normalized(bind.destination) == "/dev" { ownsDev = false }
        steps.append(step)
    }
    // A /dev that the bundle binds from the host has its nodes already (and they are not ours to change).
    if ownsDev { steps += try planDevices(linux, isRootless: isRootless) + planDeviceLinks() }
    return steps
}

/// A destination as the container sees it. Some engines give the path on the host, through the root filesystem's.
private func inside(root: Spec.Root?, _ bundle: String, _ destination: String) -> String {
    guard let root else { return destination }
    let folder = normalized(absolutePath(root.path, in: bundle))
    let path = normalized(destination)
    return folder != "/" && path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count)) : destination
}

private func planMount(
    _ mount: Spec.Mount, origin: String, bundle: String, label: String?
) throws(SandboxError) -> Step {
    let options = MountOptions(parsing: mount.options ?? [])
    let destination = absolutePath(mount.destination, in: "/")
    let type = mount.type ?? ""
    if options.data.contains("remount") {
        var options = options
        options.data.removeAll { $0 == "remount" }
        return .remount(path: destination, options: options)
    }
    if options.isBind || type == "bind" || (type.isEmpty && mount.source?.hasPrefix("/") == true) {
        guard let source = mount.source, !source.isEmpty else {
            throw SandboxError(.invalidInput, "\(origin).source: a bind mount needs a source")
        }
        // The kernel would take no notice of them (mount(2), MS_BIND).
        if let option = options.data.first, let index = mount.options?.firstIndex(of: option) {
            throw SandboxError(
                .invalidInput,
                "\(origin).options[\(index)]: \"\(option)\" is no option of a bind mount, and file systems take theirs "
                    + "only when they are mounted anew")
        }
        let absolute = absolutePath(source, in: bundle)
        try refuseProcTarget(destination, type: "bind", source: absolute, origin: origin)
        return .bind(
            BindMount(
                source: absolute, destination: destination, options: options,
                idMaps: try planMountMaps(mount, origin), origin: origin))
    }
    guard !type.isEmpty, type != "none" else {
        throw SandboxError(.invalidInput, "\(origin).type: missing, and the options ask for no bind mount")
    }
    try refuseProcTarget(destination, type: type, source: mount.source ?? "", origin: origin)
    // The kernel labels its own files itself.
    let takesLabel = !["proc", "sysfs", "cgroup", "cgroup2"].contains(type) && label?.isEmpty == false
    let fileSystem = FileSystemMount(
        type: type, source: mount.source ?? type, destination: destination, options: options, origin: origin,
        label: takesLabel ? label : nil)
    return type == "cgroup" || type == "cgroup2" ? .cgroup(fileSystem) : .fileSystem(fileSystem)
}

private func planMountMaps(_ mount: Spec.Mount, _ origin: String) throws(SandboxError) -> IDMaps? {
    switch (mount.uidMappings, mount.gidMappings) {
    case (nil, nil): return nil
    case (let uids?, let gids?) where !uids.isEmpty && !gids.isEmpty: return IDMaps(uids: uids, gids: gids)
    default:
        throw SandboxError(.invalidInput, "\(origin): uidMappings and gidMappings must both be given, and not empty")
    }
}

/// Only a fresh proc may be mounted at `/proc`, and only known files inside it may be covered: a volume there could
/// stand in for the files through which security labels are set (CVE-2019-16884, CVE-2025-52881).
private func refuseProcTarget(
    _ destination: String, type: String, source: String, origin: String
) throws(SandboxError) {
    let path = normalized(destination)
    guard path == "/proc" || path.hasPrefix("/proc/") else { return }
    if type == "proc" && path == "/proc" { return }
    // The host's own, by its plain name: on a way over `..` a link could lead elsewhere.
    let isHostProc = source.split(separator: "/").filter { $0 != "." } == ["proc"]
    if path == "/proc" && type == "bind" && isHostProc { return }
    let allowed = [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
        "/proc/loadavg", "/proc/slabinfo", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
        "/proc/net/dev", "/proc/sys/fs/binfmt_misc",
    ]
    if allowed.contains(path) { return }
    throw SandboxError(
        .invalidInput, "\(origin).destination: \"\(destination)\" is inside /proc, where nothing may be mounted",
        remedy: "mount a file system of type proc at /proc and leave its inside alone")
}

/// A path without repeated slashes, `.` and `..` (which stops at the root), as text.
package func normalized(_ path: String) -> String {
    var parts: [String] = []
    for part in path.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
    }
    return "/" + parts.text(separatedBy: "/")
}

/// The default devices of runtime-spec `config-linux.md`, then the bundle's own, which may replace them.
private func planDevices(_ linux: Spec.Linux, isRootless: Bool) throws(SandboxError) -> [Step] {
    let standard: [(String, UInt32, UInt32)] = [
        ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
    ]
    let own = linux.devices ?? []
    var nodes: [DeviceNode] = []
    for (name, major, minor) in standard where !own.contains(where: { normalized($0.path) == "/dev/\(name)" }) {
        nodes.append(
            DeviceNode(
                path: "/dev/\(name)", kind: .character, major: major, minor: minor, mode: 0o666, uid: 0, gid: 0,
                isBound: isRootless))
    }
    // The multiplexer is that of the container's own devpts, by a link; engines list the host's all the same.
    for (index, device) in own.enumerated() where normalized(device.path) != "/dev/ptmx" {
        nodes.append(try planDevice(device, origin: "linux.devices[\(index)]", isRootless: isRootless))
    }
    return nodes.map(Step.device)
}

private func planDevice(
    _ device: Spec.Linux.Device, origin: String, isRootless: Bool
) throws(SandboxError) -> DeviceNode {
    let kind: DeviceNode.Kind =
        switch device.kind {
        case .character, .unbuffered: .character
        case .block: .block
        case .fifo: .fifo
        }
    if kind != .fifo {
        guard let major = device.major, let minor = device.minor, UInt32(exactly: major) != nil,
            UInt32(exactly: minor) != nil
        else {
            throw SandboxError(
                .invalidInput, "\(origin): a device needs a major and a minor number from 0 to 4294967295")
        }
    }
    return DeviceNode(
        path: absolutePath(device.path, in: "/"), kind: kind, major: UInt32(clamping: device.major ?? 0),
        minor: UInt32(clamping: device.minor ?? 0), mode: (device.fileMode ?? 0o666) & 0o7777, uid: device.uid ?? 0,
        gid: device.gid ?? 0, isBound: isRootless && kind != .fifo)
}

/// The links that every program expects in /dev (runtime-spec `runtime-linux.md`).
private func planDeviceLinks() -> [Step] {
    [
        ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"),
        ("/dev/stderr", "/proc/self/fd/2"), ("/dev/core", "/proc/kcore"), ("/dev/ptmx", "pts/ptmx"),
    ].map { .link(path: $0.0, target: $0.1) }
}
