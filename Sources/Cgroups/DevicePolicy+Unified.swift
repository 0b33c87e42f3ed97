import Diagnostics
import LinuxKernel

/// The few instructions of eBPF a device program needs (kernel's bpf/standardization/instruction-set.rst).
struct BPFAssembler {
    enum Register: UInt64 {
        case result = 0
        case context = 1
        case kind = 2
        case access = 3
        case major = 4
        case minor = 5
    }

    private(set) var code: [UInt64] = []

    private mutating func emit(
        _ operation: UInt64, _ target: Register, source: Register = .result, offset: Int16 = 0, value: Int32 = 0
    ) {
        code.append(
            operation | target.rawValue << 8 | source.rawValue << 12
                | UInt64(UInt16(bitPattern: offset)) << 16 | UInt64(UInt32(bitPattern: value)) << 32)
    }

    /// 32 bits from memory.
    mutating func load(_ target: Register, from base: Register, offset: Int16) {
        emit(0x61, target, source: base, offset: offset)
    }
    mutating func move(_ target: Register, _ source: Register) { emit(0xbf, target, source: source) }
    mutating func move(_ target: Register, _ value: Int32) { emit(0xb7, target, value: value) }
    mutating func and(_ target: Register, _ value: Int32) { emit(0x57, target, value: value) }
    mutating func shiftRight(_ target: Register, _ bits: Int32) { emit(0x77, target, value: bits) }
    mutating func exit() { emit(0x95, .result) }

    /// A jump whose distance is filled in by `land`.
    enum Condition: UInt64 {
        case always = 0x05
        case notEqual = 0x55
        case anyBitSet = 0x45
    }
    mutating func jump(_ condition: Condition, _ register: Register = .result, _ value: Int32 = 0) -> Int {
        emit(condition.rawValue, register, value: value)
        return code.count - 1
    }
    /// The next instruction is where these jumps go.
    mutating func land(_ jumps: [Int]) {
        for jump in jumps {
            let distance = UInt16(code.count - jump - 1)
            code[jump] = code[jump] & ~0xffff_0000 | UInt64(distance) << 16
        }
    }

    mutating func answer(_ allow: Bool) {
        move(.result, allow ? 1 : 0)
        exit()
    }
}

extension DevicePolicy {
    /// The program that decides as `allows` does: the rules from last to first, taking away from the asked access what
    /// a rule allows, until nothing is left (yes) or a rule denies some of it (no).
    ///
    /// Its context is `struct bpf_cgroup_dev_ctx`: kind in the low and access in the high half of the first word, then
    /// major and minor.
    package func program() -> [UInt64] {
        var assembler = BPFAssembler()
        assembler.load(.kind, from: .context, offset: 0)
        assembler.move(.access, .kind)
        assembler.shiftRight(.access, 16)
        assembler.and(.kind, 0xffff)
        assembler.load(.major, from: .context, offset: 4)
        assembler.load(.minor, from: .context, offset: 8)
        for rule in rules.reversed() where !rule.access.isEmpty {
            assembler.add(rule)
            if rule.isTotal { return assembler.code }  // the kernel refuses instructions that are never reached
        }
        assembler.answer(false)
        return assembler.code
    }
}

extension BPFAssembler {
    fileprivate mutating func add(_ rule: DeviceRule) {
        var toNext: [Int] = []
        if let kind = rule.kind { toNext.append(jump(.notEqual, .kind, Int32(kind.rawValue))) }
        if let major = rule.major { toNext.append(jump(.notEqual, .major, Int32(bitPattern: major))) }
        if let minor = rule.minor { toNext.append(jump(.notEqual, .minor, Int32(bitPattern: minor))) }
        if rule.access != .all {
            let bits = Int32(rule.access.rawValue)
            if rule.allow {
                and(.access, ~bits)
                toNext.append(jump(.notEqual, .access, 0))
            } else {
                let denied = jump(.anyBitSet, .access, bits)
                toNext.append(jump(.always))
                land([denied])
            }
        }
        answer(rule.allow)
        land(toNext)
    }
}

extension DevicePolicy {
    /// By this name an update finds the program it replaces among those of others, such as systemd's.
    static let deviceProgramName = "sandbox_devices"

    /// Attaches the program to a version 2 group; an earlier one of ours is replaced without a gap.
    func applyUnified(_ path: String) throws(SandboxError) {
        try within("device rules of cgroup \(path)") { () throws(SandboxError) in
            let cgroup = try attempt("open it") { () throws(Errno) in try openPath(path, O_RDONLY | O_DIRECTORY) }
            let program = try attempt("load the device program") { () throws(Errno) in try load() }
            let old = try attempt("find earlier device programs") { () throws(Errno) in try ownPrograms(cgroup) }
            try attempt("attach the device program") { () throws(Errno) in
                if old.count == 1 {
                    do throws(Errno) {
                        let previous = try openProgram(id: old[0])
                        return try attachProgram(program, to: cgroup, type: bpfCgroupDevice, replacing: previous.raw)
                    } catch .invalidArgument {}  // before Linux 5.6: the new one first, so that nothing is open
                }
                try attachProgram(program, to: cgroup, type: bpfCgroupDevice)
                for id in old { try detachProgram(openProgram(id: id), from: cgroup, type: bpfCgroupDevice) }
            }
        }
    }

    /// Before Linux 5.11 a program counts as locked memory, of which services may have none to spare.
    private func load() throws(Errno) -> Descriptor {
        let code = program()
        do throws(Errno) { return try loadDeviceProgram(code, name: Self.deviceProgramName) } catch {
            guard error == .notPermitted else { throw error }
            let before = try setLockedMemoryLimit(soft: .max, hard: .max)
            defer {
                // Lowering it again is a courtesy.
                do throws(Errno) { try setLockedMemoryLimit(soft: before.soft, hard: before.hard) } catch {}
            }
            return try loadDeviceProgram(code, name: Self.deviceProgramName)
        }
    }

    private func ownPrograms(_ cgroup: borrowing Descriptor) throws(Errno) -> [UInt32] {
        var own: [UInt32] = []
        for id in try attachedPrograms(cgroup, type: bpfCgroupDevice) {
            do throws(Errno) {
                if try programName(openProgram(id: id)) == Self.deviceProgramName { own.append(id) }
            } catch .noSuchFileOrDirectory {}  // detached since it was listed
        }
        return own
    }
}
