import ContainerPlan
import ContainerRuntime
import Diagnostics
import ImageStore
import Launcher
import LinuxKernel
import RuntimeSpec

/// The caller's images, and what was found out about the caller on the way.
struct CallersImages {
    let store: ImageStore
    let maps: Launcher.IDMaps
    let caller: LaunchHost.Caller

    init() throws(SandboxError) {
        let files = KernelFiles()
        caller = LaunchHost.Caller.current()
        let account =
            Account.find(uid: caller.uid, files: files)
            ?? .unknown(uid: caller.uid, gid: caller.gid, home: caller.environment["HOME"])
        let chosen = Launcher.IDMaps.choose(LaunchHost.identity(account, caller, files), asRoot: true)
        maps = chosen
        let written = ContainerPlan.IDMaps(uids: chosen.users, gids: chosen.groups)
        let text = (written.uids + written.gids).map { "\($0.containerID):\($0.hostID):\($0.size)\n" }.joined()
        store = ImageStore(
            folder: try CallersImages.folder(caller.environment, home: account.home),
            worker: StoreWorker(
                mapText: text, writeMaps: { (pid) throws(SandboxError) in try writeIDMaps(written, pid: pid) }))
    }

    /// `$XDG_DATA_HOME/sandbox/images`, by default below the home.
    static func folder(_ environment: NameTable<String>, home: String) throws(SandboxError) -> String {
        if let path = environment["XDG_DATA_HOME"], path.utf8.first == UInt8(ascii: "/") {
            return Paths.normalized(path) + "/sandbox/images"
        }
        let home = environment["HOME"] ?? home
        guard home.utf8.first == UInt8(ascii: "/") else {
            throw SandboxError(.invalidInput, "no home to keep images in", remedy: "set XDG_DATA_HOME to a folder")
        }
        return Paths.join(Paths.normalized(home), ".local/share/sandbox/images")
    }
}
