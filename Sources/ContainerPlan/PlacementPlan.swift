import RuntimeSpec

/// The processors a process may run on.
package enum Affinity: Equatable, Sendable {
    /// Whatever it inherits.
    case inherited
    /// All that its cgroup allows, whatever the caller was held to.
    case all
    /// These alone.
    case only(NumberMask)
}

/// The processors of a process that joins a container (`config.md`, `execCPUAffinity`).
package struct ExecAffinity: Equatable, Sendable {
    /// Until it is in the container's cgroup.
    package var initial: Affinity
    /// From then on.
    package var final: Affinity

    /// What is left out of `final` is left to the kernel, unless nothing was asked for at all: then the caller's own
    /// restriction does not reach into the container.
    init(_ asked: Spec.Process.CPUAffinity?) {
        func affinity(_ list: String?) -> Affinity? {
            guard let list, !list.isEmpty else { return nil }
            return NumberMask(list: list).map(Affinity.only)
        }
        initial = affinity(asked?.initial) ?? .inherited
        final = affinity(asked?.final) ?? (initial == .inherited ? .all : .inherited)
    }
}

/// A NUMA memory policy (set_mempolicy(2)).
package struct MemoryPolicyPlan: Equatable, Sendable {
    package var mode: Spec.Linux.MemoryPolicy.Mode
    package var flags: [Spec.Linux.MemoryPolicy.Flag]
    /// nil: the mode takes none.
    package var nodes: NumberMask?

    init(_ policy: Spec.Linux.MemoryPolicy) {
        mode = policy.mode
        flags = policy.flags ?? []
        nodes = policy.nodes.flatMap { $0.isEmpty ? nil : NumberMask(list: $0) }
    }
}

/// A network device of the host that becomes the container's (`config-linux.md`, Network Devices).
package struct NetworkDevicePlan: Equatable, Sendable {
    package var hostName: String
    /// May end in `%d`, for which the kernel puts a number that is free.
    package var containerName: String
}
