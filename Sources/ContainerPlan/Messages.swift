import Diagnostics

/// What init tells the parent during a create and, in a foreground run, afterwards.
package enum InitMessage: Equatable, Sendable {
    /// A FUSE root has been mounted; descriptors: the FUSE device, the tmpfs for the upper layer (memory uppers only).
    case overlayMounted
    /// An id-mapped copy of a source that earlier mounts have made is needed, of the step with this index.
    case sourceWanted(step: Int32)
    /// The mounts stand and the root has not been changed yet: the hooks of the runtime namespace run now.
    case rootPrepared
    /// Descriptor: the master of the container's terminal.
    case terminal
    /// Descriptor: the listener of the seccomp filter (SECCOMP_FILTER_FLAG_NEW_LISTENER).
    case seccompListener
    /// Everything is ready and init waits to be started.
    case created
    /// A warning for people; nothing stops.
    case warning(String)
    /// Something failed; init is ending.
    case failed(SandboxError)
    /// The command was executed; sent by the reaping init only, which learns it from its exec pipe.
    case running
    /// The command was stopped by a signal (foreground run with a terminal).
    case stopped(signal: Int32)
    /// The command wants to read the terminal (foreground run in a pipeline).
    case wantsInput
    /// The command ended with this status in the shell's convention; reaping init only.
    case exited(status: Int32)
    /// What the failed command sent had no way out of its own network; reaping init only, before `exited`.
    case networkMissed
}

/// What the parent tells init.
package enum ParentMessage: Equatable, Sendable {
    /// The id maps are written and the process is in its cgroup.
    case mapped
    /// Descriptor: the source that init asked for.
    case source
    /// The hooks of the runtime namespace have run.
    case hooksDone
    /// The container is recorded: from here on it outlives the parent.
    case recorded
    /// Execute the command.
    case start
    /// Pass this signal to the command.
    case signal(Int32)
    /// The terminal is in the foreground again: continue the stopped command.
    case resume
    /// The command goes on in the background: it may not read the terminal.
    case resumeInBackground
}

extension InitMessage {
    package var bytes: [UInt8] {
        var wire = WireWriter()
        switch self {
        case .overlayMounted: wire.put(1)
        case .rootPrepared: wire.put(2)
        case .terminal: wire.put(3)
        case .seccompListener: wire.put(4)
        case .created: wire.put(5)
        case .warning(let text):
            wire.put(6)
            wire.put(text)
        case .failed(let error):
            wire.put(7)
            wire.put(error.kind.rawValue)
            wire.put(error.message)
            wire.put(error.errno ?? 0)
            wire.put(error.context)
            wire.put(error.remedy)
            wire.put(error.isTold ? 1 : 0)
        case .running: wire.put(8)
        case .stopped(let signal):
            wire.put(9)
            wire.put(signal)
        case .wantsInput: wire.put(10)
        case .exited(let status):
            wire.put(11)
            wire.put(status)
        case .sourceWanted(let step):
            wire.put(12)
            wire.put(step)
        case .networkMissed: wire.put(13)
        }
        return wire.bytes
    }

    /// Reads one message; nil for anything that is none.
    package init?(bytes: [UInt8]) {
        var wire = WireReader(bytes)
        guard let tag = wire.number() else { return nil }
        switch tag {
        case 1: self = .overlayMounted
        case 2: self = .rootPrepared
        case 3: self = .terminal
        case 4: self = .seccompListener
        case 5: self = .created
        case 6:
            guard let text = wire.text() else { return nil }
            self = .warning(text)
        case 7:
            guard let kind = wire.text().flatMap(SandboxError.Kind.init(rawValue:)), let message = wire.text(),
                let errno = wire.number(), let context = wire.texts(), let remedy = wire.optionalText(),
                let told = wire.number(), (0...1).contains(told)
            else { return nil }
            var error = SandboxError(
                kind, message, errno: errno == 0 ? nil : errno, context: context, remedy: remedy)
            error.isTold = told == 1
            self = .failed(error)
        case 8: self = .running
        case 9:
            guard let signal = wire.number() else { return nil }
            self = .stopped(signal: signal)
        case 10: self = .wantsInput
        case 11:
            guard let status = wire.number() else { return nil }
            self = .exited(status: status)
        case 12:
            guard let step = wire.number() else { return nil }
            self = .sourceWanted(step: step)
        case 13: self = .networkMissed
        default: return nil
        }
        guard wire.isAtEnd else { return nil }
    }
}

extension ParentMessage {
    package var bytes: [UInt8] {
        var wire = WireWriter()
        switch self {
        case .mapped: wire.put(1)
        case .hooksDone: wire.put(2)
        case .recorded: wire.put(3)
        case .start: wire.put(4)
        case .signal(let number):
            wire.put(5)
            wire.put(number)
        case .resume: wire.put(6)
        case .resumeInBackground: wire.put(7)
        case .source: wire.put(8)
        }
        return wire.bytes
    }

    package init?(bytes: [UInt8]) {
        var wire = WireReader(bytes)
        guard let tag = wire.number() else { return nil }
        switch tag {
        case 1: self = .mapped
        case 2: self = .hooksDone
        case 3: self = .recorded
        case 4: self = .start
        case 5:
            guard let number = wire.number() else { return nil }
            self = .signal(number)
        case 6: self = .resume
        case 7: self = .resumeInBackground
        case 8: self = .source
        default: return nil
        }
        guard wire.isAtEnd else { return nil }
    }
}
