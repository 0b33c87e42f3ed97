import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Gives this process the processors it may run on; `origin` is the property, for messages.
func setAffinity(_ affinity: Affinity, _ origin: String) throws(SandboxError) {
    switch affinity {
    case .inherited: return
    case .all:
        // A filter of an outer container that forbids it leaves the caller's restriction, which is no harm.
        do { try clearAffinity() } catch {
            if error != .notPermitted && error != .noFunction { throw SandboxError(error, "reset the CPU affinity") }
        }
    case .only(let mask):
        do { try LinuxKernel.setAffinity(mask.words) } catch {
            let remedy = error == .invalidArgument ? "none of these processors is there, or in the cpuset" : nil
            throw SandboxError(error, "\(origin): set the CPU affinity", remedy: remedy)
        }
    }
}

/// Sets the NUMA memory policy that the command inherits.
func setMemoryPolicy(_ policy: MemoryPolicyPlan) throws(SandboxError) {
    let mode = policy.flags.reduce(policy.mode.number) { $0 | $1.bit }
    do { try LinuxKernel.setMemoryPolicy(mode, nodes: policy.nodes?.words ?? []) } catch {
        let remedy: String? =
            switch error {
            case .invalidArgument: "a node does not exist here, or flags and mode do not go together"
            case .noFunction: "this kernel has no NUMA support"
            default: nil
            }
        throw SandboxError(error, "linux.memoryPolicy: set \(policy.mode.rawValue)", remedy: remedy)
    }
}

extension Spec.Linux.MemoryPolicy.Mode {
    /// The kernel's number (<linux/mempolicy.h>).
    fileprivate var number: Int {
        switch self {
        case .default: 0
        case .preferred: 1
        case .bind: 2
        case .interleave: 3
        case .local: 4
        case .preferredMany: 5
        case .weightedInterleave: 6
        }
    }
}

extension Spec.Linux.MemoryPolicy.Flag {
    /// The kernel's bit (<linux/mempolicy.h>).
    fileprivate var bit: Int {
        switch self {
        case .numaBalancing: 1 << 13
        case .relativeNodes: 1 << 14
        case .staticNodes: 1 << 15
        }
    }
}
