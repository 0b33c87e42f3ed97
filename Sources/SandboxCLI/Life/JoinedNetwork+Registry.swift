import ContainerPlan
import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel

/// The network of a running sandbox of this user, for `--net join:NAME`.
func joinedNetwork(_ name: String) throws(SandboxError) -> JoinedNetwork {
    let entry = try within("--net join:\(name)") { () throws(SandboxError) in try ownRegistry().entry(name) }
    guard let folder = entry.folder, entry.record.supervisor.isAlive, entry.record.initial?.isAlive == true else {
        throw SandboxError(
            .wrongState, "--net join:\(name): that sandbox does not run", remedy: "sandbox ps lists those that do")
    }
    let spaces = entry.record.namespaces
    guard let network = spaces["net"] else {
        throw SandboxError(
            .refused, "--net join:\(name): that sandbox has the host's network", remedy: "--net host")
    }
    let held = "/proc/\(entry.record.supervisor.pid)/fd"
    let linux = try entry.spec(in: folder).linux
    return JoinedNetwork(
        name: name, network: "\(held)/\(network)", user: spaces["user"].map { "\(held)/\($0)" },
        users: linux?.uidMappings ?? [], groups: linux?.gidMappings ?? [],
        laidFiles: try JoinedNetwork.laid(in: folder))
}

extension JoinedNetwork {
    /// What a sandbox has laid over its files, and the names they have in its folder of the registry.
    private static let places = ["/etc/resolv.conf"]

    static func file(of path: String) -> String { "laid" + path.split(separator: "/").map { "-" + $0 }.joined() }

    fileprivate static func laid(in folder: String) throws(SandboxError) -> [LaidFile] {
        var files: [LaidFile] = []
        for path in places {
            let stored = "\(folder)/\(file(of: path))"
            guard fileExists(stored) else { continue }
            let text = try attempt("read \(stored)") { () throws(Errno) in try readText(stored) }
            files.append(LaidFile(path: path, text: text))
        }
        return files
    }
}
