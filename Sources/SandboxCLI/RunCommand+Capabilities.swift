import Confinement
import Diagnostics
import Launcher

extension RunCommand {
    /// `--cap-add` and `--cap-drop`, by the kernel's names; `--cap-add ALL` is all this kernel has but the dropped.
    func addCapabilities(to launch: inout LaunchSpec) throws(SandboxError) {
        if capAdd.isEmpty && capDrop.isEmpty { return }
        let dropped = try CapabilitySet(names: capDrop, at: "--cap-drop")
        launch.droppedCapabilities = dropped == .all ? ["ALL"] : dropped.names
        var added = try CapabilitySet(names: capAdd, at: "--cap-add")
        if added == .all {
            if dropped == .all {
                throw SandboxError(.invalidInput, "--cap-add and --cap-drop both name ALL")
            }
            added = CapabilityPlan.kernelSupported()
            if dropped != .all { added.subtract(dropped) }
        }
        launch.addedCapabilities = added.names
    }
}
