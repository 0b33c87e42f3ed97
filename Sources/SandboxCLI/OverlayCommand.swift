import Diagnostics
import LinuxKernel
import OverlayServer

/// `sandbox overlay WORDS…`; the exit code.
package func runOverlayCommand(_ words: [String]) -> CInt {
    do throws(SandboxError) {
        let arguments = try OverlayArguments(words.first == "mount" ? Array(words.dropFirst()) : words)
        try mountOverlay(arguments)
        return 0
    } catch {
        // Nothing is left to do when even this fails.
        try? writeAll(STDERR_FILENO, "sandbox: overlay: \(error)\n")
        return 1
    }
}

/// Opens the layers, mounts, and serves: in the foreground, or in a process of its own once the mount stands.
private func mountOverlay(_ arguments: OverlayArguments) throws(SandboxError) {
    var lowers: [CInt] = []
    for path in arguments.lowers { lowers.append(try openLayer("lowerdir", path)) }
    let upper: CInt? = if let path = arguments.upper { try openLayer("upperdir", path) } else { nil }
    let work: CInt? = if let path = arguments.work { try openLayer("workdir", path) } else { nil }
    OverlayMount.holdSignals()
    let mount = try OverlayMount(arguments)
    let configuration = OverlayConfiguration(
        fuseDevice: Descriptor(owning: mount.device), lowers: lowers, upper: upper, work: work,
        options: arguments.options)
    do throws(SandboxError) {
        let prepared = try PreparedOverlay(configuration)
        if !arguments.foreground {
            guard try forkServer() else { return }
        }
        mount.unmountOnSignals()
        try prepared.serve()
    } catch {
        mount.unmount()
        throw error
    }
}

/// Layers stay open for as long as the process runs.
private func openLayer(_ option: String, _ path: String) throws(SandboxError) -> CInt {
    try attempt("open \(option) \"\(path)\"") { () throws(Errno) in
        try openPath(path, O_PATH | O_DIRECTORY).release()
    }
}

/// True in the new process, which has no terminal; false in the calling one. There is one thread.
private func forkServer() throws(SandboxError) -> Bool {
    let child = try attempt("start the server") { () throws(Errno) in
        try syscallRetrying(Int(SYS_clone), Int(SIGCHLD))
    }
    if child != 0 { return false }
    setsid()
    if let null = try? openPath("/dev/null", O_RDWR) {
        for number in CInt(0)...2 { try? duplicate(null.raw, onto: number) }  // a server without output still serves
    }
    _ = chdir("/")
    return true
}
