import ContainerRuntime
import Diagnostics
import Launcher
import LinuxKernel

/// Runs `body` as the caller where the ids of the caller's sandboxes exist. Root needs no such place.
func runWithMaps(_ host: LaunchHost, _ body: () throws(SandboxError) -> Int32) throws(SandboxError) -> Int32 {
    if geteuid() == 0 { return try body() }
    let maps = Launcher.IDMaps.choose(host.identity, asRoot: false)
    return try runMapped(users: maps.users, groups: maps.groups) {
        do throws(SandboxError) { return try body() } catch {
            printError("sandbox: \(printable(error.description))")
            return 125
        }
    }
}
