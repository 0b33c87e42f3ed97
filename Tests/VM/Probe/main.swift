import Diagnostics
import LinuxKernel

// Drives the Cgroups module alone, for the tests that need a real systemd or a pure cgroup v2 host.
do {
    exit(try Probe(Array(CommandLine.arguments.dropFirst())).run())
} catch {
    do { try writeAll(2, "probe: \(error)\n") } catch {}  // nobody is left to be told
    exit(125)
}
