import Confinement
import ContainerPlan
import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel
import OverlayModel
import OverlayServer

/// Carries out a decided launch: the engine behind `sandbox run`.
///
/// - Parameters:
///   - watchesRefusals: the filter hands over what it refuses.
///   - answerCall: decides the calls that the filter hands over.
///   - closing: what the journal of a sandbox in the background ends with, by its exit status.
///   - networkMissed: called when a failed command had no way out of its own network.
func runLaunch(
    _ launch: Launch, seccomp: SeccompProgram?, watchesRefusals: Bool = false, answerCall: CallAnswerer? = nil,
    report: StartReport? = nil, closing: @escaping (Int32) -> [String] = { _ in [] },
    prepared: PreparedNamespace? = nil, networkMissed: (() -> Void)? = nil
) throws(SandboxError) -> Int32 {
    var run = try sandboxRun(launch, seccomp: seccomp, answerCall: answerCall)
    run.watchesRefusals = watchesRefusals
    run.preparedNamespace = prepared
    run.networkMissed = networkMissed
    guard let registration = launch.registration else {
        do { return try run.run() } catch { throw error.namingLimitOptions().namingPlaces(launch) }
    }
    var registered = RegisteredRun(registration: registration, run: run, wall: launch.secondWall)
    if let report {
        registered.report = report
        registered.kind = .detached
        registered.closing = closing
    }
    do { return try registered.start() } catch { throw error.namingLimitOptions().namingPlaces(launch) }
}

extension SandboxError {
    /// Where a profile names the places a command may read, one that is not among them may not be executed either.
    fileprivate func namingPlaces(_ launch: Launch) -> SandboxError {
        guard errno == EACCES, message.hasPrefix("exec "), let places = launch.secondWall.readable, places != ["/"]
        else { return self }
        return hinting(
            "the profile's landlock.read names what may be read, the program and its libraries too: "
                + "it has \(places.prefix(4).joined(separator: ", "))\(places.count > 4 ? ", …" : "")")
    }
}

/// What the runtime is told of a decided launch.
func sandboxRun(
    _ launch: Launch, seccomp: SeccompProgram?, answerCall: CallAnswerer? = nil
) throws(SandboxError) -> SandboxRun {
    // The server opens it again; here a path that cannot be written is told of before anything is made.
    if case .overlay(let overlay) = launch.root, let path = overlay.rules.trace { _ = try openTrace(path) }
    var run = SandboxRun(
        spec: launch.spec, root: launch.root, terminals: launch.terminals, seccomp: seccomp,
        landlock: LandlockRules(launch.secondWall),
        warn: { printError("sandbox: \(printable($0))") },
        serveOverlay: { (service) throws(SandboxError) in try serve(service) })
    if !launch.secrets.isEmpty {
        run.secrets = SecretFiles(
            folder: LaunchSpec.SecretFile.folder, files: launch.secrets.map { ($0.name, $0.bytes) })
    }
    run.answerCall = answerCall
    run.connection = launch.connection
    run.laidFiles = launch.laidFiles
    return run
}

private func openTrace(_ path: String) throws(SandboxError) -> Descriptor {
    try attempt("open --trace \"\(path)\"") { () throws(Errno) in
        try openPath(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
    }
}

/// Serves the root of a sandbox; runs in a process of its own inside the sandbox's user namespace.
private func serve(_ service: consuming OverlayService) throws(SandboxError) {
    let overlay = service.overlay
    var lowers: [CInt] = []
    for path in overlay.lower {
        lowers.append(
            try attempt("open the lower layer \(path)") { () throws(Errno) in
                try openPath(path, O_PATH | O_DIRECTORY).release()
            })
    }
    var options = OverlayOptions()
    options.squashUnmapped = overlay.squashUnmappedToRoot
    options.squashOwner = try (uid: mappedRoot("uid") ?? geteuid(), gid: mappedRoot("gid") ?? getegid())
    if !overlay.lowersAreLayers {
        options.plainLowers = true
        // The host may change its files meanwhile: what is known of them is asked again after a while.
        options.cacheSeconds = 10
    }
    options.hidesUnreadable = overlay.hidesUnreadable
    options.enforcesPermissions = overlay.enforcesPermissions
    options.rules = PathRules(overlay.rules)
    options.trace = try overlay.rules.trace.map { (path) throws(SandboxError) in try openTrace(path).release() }
    // Without the write cache ENOSPC comes from write(2) itself.
    options.writeback = overlay.rules.quotaBytes == nil
    if case .directory = overlay.upper, let bytes = overlay.rules.quotaBytes {
        options.quota = OverlayOptions.Quota(bytes: bytes, inodes: overlay.rules.quotaFiles)
    }
    options.opensUnasked = true
    if case .memory = overlay.upper { (options.volatile, options.keepsUpper) = (true, false) }
    guard overlay.served.isEmpty else { return try serveWithFolders(service, lowers, options) }
    try serveOverlay { () throws(SandboxError) in
        try rootOverlay(service.overlay, try service.takeDevices(), lowers, options)
    }
}

private func serveWithFolders(
    _ service: consuming OverlayService, _ lowers: [CInt], _ options: OverlayOptions
) throws(SandboxError) {
    let overlay = service.overlay
    let devices = try service.takeDevices()
    let others = try servedFolders(overlay, devices.served)
    try serve(others, beside: try rootOverlay(overlay, devices, lowers, options))
}

private func rootOverlay(
    _ overlay: OverlayRoot, _ devices: consuming ServedDevices, _ lowers: [CInt], _ options: OverlayOptions
) throws(SandboxError) -> PreparedOverlay {
    let layers = try openLayers(overlay.upper, memory: devices.memory)
    if let top = lowers.first {
        try presentRoot(of: top, at: layers.upper, owner: overlay.lowersAreLayers ? nil : options.squashOwner)
    }
    return try PreparedOverlay(
        OverlayConfiguration(
            fuseDevice: devices.takeDevice(), lowers: lowers, upper: layers.upper, work: layers.work,
            options: options))
}

/// 0 when it is mapped in this process's user namespace, else nil (user_namespaces(7)).
private func mappedRoot(_ kind: String) throws(SandboxError) -> UInt32? {
    let text = try attempt("read the \(kind) map") { () throws(Errno) in try readText("/proc/self/\(kind)_map") }
    let hasRoot = text.split(separator: "\n").contains { $0.split(separator: " ").first == "0" }
    return hasRoot ? 0 : nil
}

/// The overlay's root is the upper folder's: it shows the owner and mode of the lower one it stands for.
private func presentRoot(of lower: CInt, at upper: CInt, owner: (uid: uid_t, gid: gid_t)?) throws(SandboxError) {
    try attempt("present the overlay's root") { () throws(Errno) in
        let status = try fileStatus(at: lower)
        try setMode(at: upper, ".", status.st_mode & 0o7777)
        try setOwner(at: upper, ".", uid: owner?.uid ?? status.st_uid, gid: owner?.gid ?? status.st_gid)
    }
}

/// The folders for the changes: two in the private tmpfs, or the given ones on disk.
private func openLayers(
    _ upper: OverlayRoot.Upper, memory: CInt?
) throws(SandboxError) -> (upper: CInt, work: CInt) {
    try attempt("open the overlay's upper layer") { () throws(Errno) in
        switch upper {
        case .memory:
            guard let memory else { throw .badFileDescriptor }
            for name in ["upper", "work"] { try makeDirectory(at: memory, name) }
            return (
                try openPath(at: memory, "upper", O_RDONLY | O_DIRECTORY).release(),
                try openPath(at: memory, "work", O_RDONLY | O_DIRECTORY).release()
            )
        case .directory(let upper, let work):
            return (
                try openPath(upper, O_RDONLY | O_DIRECTORY).release(),
                try openPath(work, O_RDONLY | O_DIRECTORY).release()
            )
        }
    }
}
