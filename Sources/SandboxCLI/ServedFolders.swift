import ContainerPlan
import Diagnostics
import LinuxKernel
import OverlayModel
import OverlayServer

/// A folder of the host, open, that is served by the rules beside the root.
private struct OpenServedFolder {
    let device: CInt
    var lowers: [CInt] = []
    var upper: CInt?
    var work: CInt?
    var options = OverlayOptions()
    let name: String
}

/// What serves the folders of `overlay.served`, each on its device; empty where there are none.
func servedFolders(_ overlay: OverlayRoot, _ devices: [CInt]) throws(SandboxError) -> [@Sendable () -> Void] {
    var bodies: [@Sendable () -> Void] = []
    for (folder, device) in zip(overlay.served, devices) {
        let opened = try open(folder, device, overlay.rules)
        bodies.append {
            do throws(SandboxError) {
                let prepared = try PreparedOverlay(
                    OverlayConfiguration(
                        fuseDevice: Descriptor(owning: opened.device), lowers: opened.lowers, upper: opened.upper,
                        work: opened.work, options: opened.options))
                try prepared.serve()
            } catch {
                // Whoever waits for the folder gets ENOTCONN.
                printError("sandbox: the server of \(printable(opened.name)): \(printable(error.description))")
            }
        }
    }
    return bodies
}

/// Serves the root and the folders beside it until all are unmounted.
func serve(_ others: [@Sendable () -> Void], beside root: consuming PreparedOverlay) throws(SandboxError) {
    let root = SharedOverlay(root)
    serveTogether(
        [
            {
                do throws(SandboxError) { try root.overlay.serve() } catch {
                    printError("sandbox: the overlay's server: \(printable(error.description))")
                }
            }
        ] + others)
}

/// For a thread to hold.
private final class SharedOverlay: @unchecked Sendable {
    let overlay: PreparedOverlay
    init(_ overlay: consuming PreparedOverlay) { self.overlay = overlay }
}

private func open(_ folder: ServedFolder, _ device: CInt, _ rules: RootRules) throws(SandboxError) -> OpenServedFolder {
    func open(_ path: String) throws(SandboxError) -> CInt {
        try attempt("open \(path)") { () throws(Errno) in try openPath(path, O_RDONLY | O_DIRECTORY).release() }
    }
    var opened = OpenServedFolder(device: device, name: folder.destination)
    let way = folder.destination.split(separator: "/").map { Array(String($0).utf8CString) }
    opened.options.rules = PathRules(rules).rooted(at: way)
    opened.options.plainLowers = true
    // Others change it meanwhile: what is known of it is asked again soon.
    opened.options.cacheSeconds = 1
    opened.options.writeback = false
    switch folder.changes {
    case .through:
        opened.upper = try open(folder.source)
        opened.options.writesThrough = true
    case .refused: opened.lowers = [try open(folder.source)]
    case .kept(let upper, let work):
        opened.lowers = [try open(folder.source)]
        (opened.upper, opened.work) = (try open(upper), try open(work))
        // The review reads the changes, and the kernel's overlay goes on with them.
        (opened.options.redirectsFolders, opened.options.keepsLinks) = (false, false)
    }
    return opened
}

extension PathRules {
    init(_ rules: RootRules) {
        self.init(
            hidden: rules.hidden.compactMap { PathPattern($0) }, denied: rules.denied.compactMap { PathPattern($0) })
    }
}
