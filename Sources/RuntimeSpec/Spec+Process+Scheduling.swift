extension Spec.Process {
    /// Scheduling of the process (sched_setattr(2), sched(7)).
    package struct Scheduler: SpecObject {
        /// The scheduling policy.
        package var policy: Policy
        /// -20 to 19, for `.other` and `.batch`.
        package var nice: Int32?
        /// 1 to 99, for `.fifo` and `.roundRobin`.
        package var priority: Int32?
        /// SCHED_FLAG_….
        package var flags: [Flag]?
        /// Nanoseconds of CPU time in each period, for `.deadline`.
        package var runtime: UInt64?
        /// Nanoseconds from the start of a period, for `.deadline`.
        package var deadline: UInt64?
        /// Nanoseconds, for `.deadline`.
        package var period: UInt64?
        package var unknown: [JSON.Member] = []

        package init(
            policy: Policy, nice: Int32? = nil, priority: Int32? = nil, flags: [Flag]? = nil, runtime: UInt64? = nil,
            deadline: UInt64? = nil, period: UInt64? = nil
        ) {
            self.policy = policy
            self.nice = nice
            self.priority = priority
            self.flags = flags
            self.runtime = runtime
            self.deadline = deadline
            self.period = period
        }

        package static var blank: Self { Self(policy: .other) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("policy", &policy)
            properties.optional("nice", &nice)
            properties.optional("priority", &priority)
            properties.optional("flags", &flags)
            properties.optional("runtime", &runtime)
            properties.optional("deadline", &deadline)
            properties.optional("period", &period)
        }
    }

    /// I/O scheduling of the process (ioprio_set(2)).
    package struct IOPriority: SpecObject {
        /// The scheduling class.
        package var `class`: Class
        /// 0 (first served) to 7, within the class.
        package var priority: Int32?
        package var unknown: [JSON.Member] = []

        package init(`class`: Class, priority: Int32? = nil) {
            self.class = `class`
            self.priority = priority
        }

        package static var blank: Self { Self(class: .bestEffort) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("class", &`class`)
            properties.optional("priority", &priority)
        }
    }

    /// CPUs of a process that `exec` starts, in the list format of cpuset(7): `0-3,7`.
    package struct CPUAffinity: SpecObject {
        /// Until it is moved into the container's cgroup.
        package var initial: String?
        /// From then on.
        package var final: String?
        package var unknown: [JSON.Member] = []

        package init(initial: String? = nil, final: String? = nil) {
            self.initial = initial
            self.final = final
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.text("initial", &initial)
            properties.text("final", &final)
        }
    }
}

extension Spec.Process.Scheduler {
    /// The policies of sched(7).
    package enum Policy: String, JSONChoice {
        package static let noun = "scheduling policy"
        case other = "SCHED_OTHER"
        case fifo = "SCHED_FIFO"
        case roundRobin = "SCHED_RR"
        case batch = "SCHED_BATCH"
        case iso = "SCHED_ISO"
        case idle = "SCHED_IDLE"
        case deadline = "SCHED_DEADLINE"
    }

    /// The flags of sched_setattr(2).
    package enum Flag: String, JSONChoice {
        package static let noun = "scheduling flag"
        case resetOnFork = "SCHED_FLAG_RESET_ON_FORK"
        case reclaim = "SCHED_FLAG_RECLAIM"
        case deadlineOverrun = "SCHED_FLAG_DL_OVERRUN"
        case keepPolicy = "SCHED_FLAG_KEEP_POLICY"
        case keepParameters = "SCHED_FLAG_KEEP_PARAMS"
        case utilizationClampMinimum = "SCHED_FLAG_UTIL_CLAMP_MIN"
        case utilizationClampMaximum = "SCHED_FLAG_UTIL_CLAMP_MAX"
    }
}

extension Spec.Process.IOPriority {
    /// The classes of ioprio_set(2).
    package enum Class: String, JSONChoice {
        package static let noun = "I/O scheduling class"
        case realtime = "IOPRIO_CLASS_RT"
        case bestEffort = "IOPRIO_CLASS_BE"
        case idle = "IOPRIO_CLASS_IDLE"
    }
}
