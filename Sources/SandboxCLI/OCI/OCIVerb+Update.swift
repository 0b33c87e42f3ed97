import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension OCIVerb {
    static let update = OCIVerb(
        name: "update", usage: "<container-id>", summary: "change the limits of a container",
        flags: [
            .value("resources", "r", placeholder: "FILE|-", help: "limits as JSON, the linux.resources of a bundle"),
            .value("blkio-weight", placeholder: "N", help: "weight of block I/O, 10 to 1000"),
            .value("cpu-period", placeholder: "US", help: "period of the quota, in microseconds"),
            .value("cpu-quota", placeholder: "US", help: "processor time in a period, in microseconds"),
            .value("cpu-burst", placeholder: "US", help: "unused time that may be saved up, in microseconds"),
            .value("cpu-share", placeholder: "N", help: "share of processor time beside others"),
            .value("cpu-rt-period", placeholder: "US", help: "period of realtime processes"),
            .value("cpu-rt-runtime", placeholder: "US", help: "processor time of realtime processes"),
            .value("cpuset-cpus", placeholder: "LIST", help: "processors to use: 0-3,5"),
            .value("cpuset-mems", placeholder: "LIST", help: "memory nodes to use"),
            .value("cpu-idle", placeholder: "0|1", help: "run only when nothing else wants to"),
            .value("memory", placeholder: "BYTES", help: "memory limit, as 64M or in bytes; -1 for none"),
            .value("memory-reservation", placeholder: "BYTES", help: "memory that is left to it under pressure"),
            .value("memory-swap", placeholder: "BYTES", help: "memory and swap together; -1 for none"),
            .value("pids-limit", placeholder: "N", help: "number of processes; -1 for no limit"),
            .value("l3-cache-schema", placeholder: "LINE", help: "part of the cache, for its RDT class: L3:0=ff"),
            .value("mem-bw-schema", placeholder: "LINE", help: "memory bandwidth, for its RDT class: MB:0=50"),
            .value("kernel-memory", placeholder: "BYTES", help: "accepted and ignored, as the kernel does"),
            .value("kernel-memory-tcp", placeholder: "BYTES", help: "accepted and ignored, as the kernel does"),
        ]
    ) { (context, flags) throws(SandboxError) in
        let id = try onlyArgument(flags, "update")
        try context.engine.update(id, resources(flags), schemata: schemata(flags))
        return 0
    }

    /// Lines that begin as the resource's do, so that none changes another one.
    private static func schemata(_ flags: ParsedFlags) throws(SandboxError) -> [String] {
        var lines: [String] = []
        for (flag, resource) in [("l3-cache-schema", "L3"), ("mem-bw-schema", "MB")] {
            guard let line = flags.value(flag), !line.isEmpty else { continue }
            guard line.hasPrefix(resource + ":"), !line.contains("\n") else {
                throw SandboxError(
                    .invalidInput, "--\(flag): expected a line as \"\(resource):0=…\", found \"\(line)\"")
            }
            lines.append(line)
        }
        return lines
    }

    private static func resources(_ flags: ParsedFlags) throws(SandboxError) -> Spec.Linux.Resources {
        if let file = flags.value("resources") {
            let bytes = try attempt("read \(file)") { () throws(Errno) in
                try file == "-" ? readAll(0, limit: 1 << 20) : readFile(file, limit: 1 << 20)
            }
            return try within(file) { () throws(SandboxError) in try Spec.Linux.Resources(decoding: bytes) }
        }
        var resources = Spec.Linux.Resources()
        resources.memory = try memory(flags)
        resources.cpu = try processor(flags)
        if let limit = try integer("pids-limit", flags) { resources.pids = Spec.Linux.Resources.Pids(limit: limit) }
        if let weight = try flags.number("blkio-weight", in: 0...1000) {
            resources.blockIO = Spec.Linux.Resources.BlockIO(weight: UInt16(weight))
        }
        return resources
    }

    private static func memory(_ flags: ParsedFlags) throws(SandboxError) -> Spec.Linux.Resources.Memory? {
        var memory = Spec.Linux.Resources.Memory()
        memory.limit = try bytes("memory", flags)
        memory.reservation = try bytes("memory-reservation", flags)
        memory.swap = try bytes("memory-swap", flags)
        return memory == Spec.Linux.Resources.Memory() ? nil : memory
    }

    private static func processor(_ flags: ParsedFlags) throws(SandboxError) -> Spec.Linux.Resources.CPU? {
        var cpu = Spec.Linux.Resources.CPU()
        cpu.period = try natural("cpu-period", flags)
        cpu.quota = try integer("cpu-quota", flags)
        cpu.burst = try natural("cpu-burst", flags)
        cpu.shares = try natural("cpu-share", flags)
        cpu.realtimePeriod = try natural("cpu-rt-period", flags)
        cpu.realtimeRuntime = try integer("cpu-rt-runtime", flags)
        cpu.cpus = flags.value("cpuset-cpus")
        cpu.mems = flags.value("cpuset-mems")
        cpu.idle = try integer("cpu-idle", flags)
        return cpu == Spec.Linux.Resources.CPU() ? nil : cpu
    }

    private static func integer(_ name: String, _ flags: ParsedFlags) throws(SandboxError) -> Int64? {
        guard let text = flags.value(name) else { return nil }
        guard let number = Int64(text) else {
            throw SandboxError(.invalidInput, "--\(name): \"\(text)\" is no whole number")
        }
        return number
    }

    private static func bytes(_ name: String, _ flags: ParsedFlags) throws(SandboxError) -> Int64? {
        guard let text = flags.value(name) else { return nil }
        return try byteCount(text, flag: name)
    }

    private static func natural(_ name: String, _ flags: ParsedFlags) throws(SandboxError) -> UInt64? {
        guard let number = try integer(name, flags) else { return nil }
        guard number >= 0 else { throw SandboxError(.invalidInput, "--\(name): \(number) is less than 0") }
        return UInt64(number)
    }
}
