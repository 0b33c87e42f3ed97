import Cgroups
import Confinement
import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// One more process in a running sandbox: in its namespaces, with its filter and no more rights than its command.
package struct SandboxExec {
    package var record: SandboxRecord
    package var process: Spec.Process
    package var linux: Spec.Linux
    package var seccomp: SeccompProgram?
    package var landlock: LandlockRules?
    /// Which of the descriptors 0 to 2 are terminals of the caller.
    package var terminals: [Bool]
    /// What the filter refuses is left to this, which is asked as long as a process with the filter lives.
    package var answerCall: CallAnswerer?
    package var warn: (String) -> Void

    package init(
        record: SandboxRecord, process: Spec.Process, linux: Spec.Linux, seccomp: SeccompProgram?,
        landlock: LandlockRules?, terminals: [Bool], warn: @escaping (String) -> Void
    ) {
        self.record = record
        self.process = process
        self.linux = linux
        self.seccomp = seccomp
        self.landlock = landlock
        self.terminals = terminals
        self.warn = warn
    }

    /// Runs the process to its end and returns its exit status (128 + N after signal N).
    package func run() throws(SandboxError) -> CInt {
        let mask = try attempt("block signals") { () throws(Errno) in try setSignalMask(.all) }
        try validate(process, at: "process")
        var plan = try ContainerPlan.planExec(record.name, process, linux, joined: try namespaces())
        plan.namespaces.new = (linux.namespaces ?? []).map(\.kind).filter { $0 == .cgroup }
        plan.supervision = .reaper
        var request = CreateRequest(plan: plan)
        request.joinsContainer = true
        request.commandMask = mask
        request.warn = warn
        request.seccomp = answerCall == nil ? seccomp : seccomp?.notifyingRefusals
        request.landlock = landlock
        if let capabilities = process.capabilities { request.capabilities = CapabilityPlan.parse(capabilities).plan }
        request.terminalDescriptors = terminals.enumerated().filter(\.element).map { CInt($0.offset) }
        request.startsInForeground = terminals.count > 1 && terminals[0] && terminals[1] && isInForeground(0)
        let terminal = request.terminalDescriptors.first
        request.terminalSize = terminal.flatMap(terminalSize)
        if let json = record.cgroup, let initial = record.initial {
            let cgroup = Cgroup(try CgroupRecord(decoding: json.encoded()))
            if cgroup.exists { request.joinedCgroup = (cgroup, initial.pid) }
        }
        var child = try createContainer(request)
        do throws(SandboxError) {
            try child.start()
        } catch {
            child.destroy()
            throw error
        }
        var supervisor = try Supervisor(
            child, hasReaper: true, terminalDescriptor: terminal, startsInForeground: request.startsInForeground,
            warn: warn, answerCall: answerCall)
        let status = try supervisor.run()
        try supervisor.leaveCalls()
        return status
    }

    /// The supervisor has them open for those who join: its init is undumpable, and its `/proc` is root's.
    private func namespaces() throws(SandboxError) -> [NamespacePlan.Joined] {
        guard record.supervisor.isAlive, record.initial?.isAlive == true else {
            throw SandboxError(.wrongState, "sandbox \"\(record.name)\" does not run", errno: ESRCH)
        }
        let order: [Spec.Linux.Namespace.Kind] = [.user, .ipc, .uts, .network, .pid, .mount]
        return order.compactMap { kind in
            record.namespaces[kind.fileName].map { number in
                NamespacePlan.Joined(kind: kind, path: "/proc/\(record.supervisor.pid)/fd/\(number)")
            }
        }
    }
}
