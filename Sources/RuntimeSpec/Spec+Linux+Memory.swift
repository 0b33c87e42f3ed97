extension Spec.Linux.Resources {
    /// Memory limits, in bytes; -1 is no limit.
    package struct Memory: SpecObject {
        /// Memory.
        package var limit: Int64?
        /// What is left when memory is short (soft limit).
        package var reservation: Int64?
        /// Memory and swap together.
        package var swap: Int64?
        /// Deprecated; newer kernels ignore it.
        package var kernel: Int64?
        /// cgroup v1 only: TCP buffers.
        package var kernelTCP: Int64?
        /// cgroup v1 only: 0 to 100.
        package var swappiness: UInt64?
        /// cgroup v1 only: wait for memory instead of being killed.
        package var disableOOMKiller: Bool?
        /// cgroup v1 only: count the groups below, too.
        package var useHierarchy: Bool?
        /// Refuse an update below what is in use.
        package var checkBeforeUpdate: Bool?
        package var unknown: [JSON.Member] = []

        package init(
            limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil, kernel: Int64? = nil,
            kernelTCP: Int64? = nil, swappiness: UInt64? = nil, disableOOMKiller: Bool? = nil,
            useHierarchy: Bool? = nil, checkBeforeUpdate: Bool? = nil
        ) {
            self.limit = limit
            self.reservation = reservation
            self.swap = swap
            self.kernel = kernel
            self.kernelTCP = kernelTCP
            self.swappiness = swappiness
            self.disableOOMKiller = disableOOMKiller
            self.useHierarchy = useHierarchy
            self.checkBeforeUpdate = checkBeforeUpdate
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("limit", &limit)
            properties.optional("reservation", &reservation)
            properties.optional("swap", &swap)
            properties.optional("kernel", &kernel)
            properties.optional("kernelTCP", &kernelTCP)
            properties.optional("swappiness", &swappiness)
            properties.optional("disableOOMKiller", &disableOOMKiller)
            properties.optional("useHierarchy", &useHierarchy)
            properties.optional("checkBeforeUpdate", &checkBeforeUpdate)
        }
    }

    /// Processor time and placement.
    package struct CPU: SpecObject {
        /// Weight relative to other groups, 2 to 262144.
        package var shares: UInt64?
        /// Microseconds of processor time in each `period`; -1 is no limit.
        package var quota: Int64?
        /// Microseconds a period may use of what earlier ones left.
        package var burst: UInt64?
        /// Microseconds.
        package var period: UInt64?
        /// cgroup v1 only: microseconds for realtime tasks in each `realtimePeriod`.
        package var realtimeRuntime: Int64?
        /// cgroup v1 only: microseconds.
        package var realtimePeriod: UInt64?
        /// In the list format of cpuset(7): `0-3,7`.
        package var cpus: String?
        /// Memory nodes, in the same format.
        package var mems: String?
        /// 1: runs only when nothing else wants to; 0: does not.
        package var idle: Int64?
        package var unknown: [JSON.Member] = []

        package init(
            shares: UInt64? = nil, quota: Int64? = nil, burst: UInt64? = nil, period: UInt64? = nil,
            realtimeRuntime: Int64? = nil, realtimePeriod: UInt64? = nil, cpus: String? = nil, mems: String? = nil,
            idle: Int64? = nil
        ) {
            self.shares = shares
            self.quota = quota
            self.burst = burst
            self.period = period
            self.realtimeRuntime = realtimeRuntime
            self.realtimePeriod = realtimePeriod
            self.cpus = cpus
            self.mems = mems
            self.idle = idle
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("shares", &shares)
            properties.optional("quota", &quota)
            properties.optional("burst", &burst)
            properties.optional("period", &period)
            properties.optional("realtimeRuntime", &realtimeRuntime)
            properties.optional("realtimePeriod", &realtimePeriod)
            properties.text("cpus", &cpus)
            properties.text("mems", &mems)
            properties.optional("idle", &idle)
        }
    }
}
