import Diagnostics
import LinuxKernel

extension Launch {
    /// Makes the folders of `prepare` on the host as the caller. Done before the engine starts; those that exist stay
    /// as they are.
    package func prepareHost() throws(SandboxError) {
        for path in prepare {
            var folder = ""
            for name in Paths.components(path) {
                folder += "/" + name
                do { try makeDirectory(folder, mode: 0o700) } catch .fileExists {} catch {
                    // A parent that exists may refuse with another error first (a read-only or foreign folder).
                    if fileExists(folder) { continue }
                    throw SandboxError(error, "make \(folder)")
                }
            }
        }
    }

    /// The watched paths that exist now: the command has made them.
    package func appeared(files: some HostFiles) -> [String] { watch.filter { files.kind($0) != nil } }
}
