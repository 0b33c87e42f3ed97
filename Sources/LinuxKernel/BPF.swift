/// bpf(2), as far as programs on cgroups need it. Attributes are laid out as in <linux/bpf.h>.
private func bpf(_ command: Int, _ attribute: inout [UInt32]) throws(Errno) -> Int {
    try attribute.withUnsafeMutableBufferPointer { (words) throws(Errno) in
        try syscallRetrying(Int(SYS_bpf), command, address(words.baseAddress), words.count * 4)
    }
}

private func low(_ value: Int) -> UInt32 { UInt32(truncatingIfNeeded: value) }
private func high(_ value: Int) -> UInt32 { UInt32(truncatingIfNeeded: value >> 32) }

/// What a program is attached for (`enum bpf_attach_type`).
package let bpfCgroupDevice: UInt32 = 6

/// BPF_PROG_LOAD of a BPF_PROG_TYPE_CGROUP_DEVICE program.
///
/// - instructions: 8 bytes each, `struct bpf_insn` in this machine's byte order, as one number.
/// - name: up to 15 letters, digits and `_`; kernels before 4.15 know no names and get none.
package func loadDeviceProgram(_ instructions: [UInt64], name: String) throws(Errno) -> Descriptor {
    let license: [UInt8] = Array("Apache-2.0".utf8) + [0]
    var text = [UInt8](repeating: 0, count: 16)
    for (index, byte) in name.utf8.prefix(15).enumerated() { text[index] = byte }
    let raw = try instructions.withUnsafeBufferPointer { (code) throws(Errno) in
        try license.withUnsafeBufferPointer { (license) throws(Errno) in
            var attribute = [UInt32](repeating: 0, count: 18)
            attribute[0] = 15
            attribute[1] = UInt32(code.count)
            attribute[2] = low(address(code.baseAddress))
            attribute[3] = high(address(code.baseAddress))
            attribute[4] = low(address(license.baseAddress))
            attribute[5] = high(address(license.baseAddress))
            for word in 0..<4 {
                for byte in 0..<4 { attribute[12 + word] |= UInt32(text[word * 4 + byte]) << UInt32(byte * 8) }
            }
            return try bpf(5, &attribute)
        }
    }
    return Descriptor(owning: CInt(raw))
}

/// BPF_PROG_ATTACH to a cgroup beside the programs that others attach (BPF_F_ALLOW_MULTI), or in the place of
/// `replacing` (BPF_F_REPLACE, Linux 5.6).
package func attachProgram(
    _ program: borrowing Descriptor, to cgroup: borrowing Descriptor, type: UInt32, replacing: CInt? = nil
) throws(Errno) {
    var attribute: [UInt32] = [
        UInt32(bitPattern: cgroup.raw), UInt32(bitPattern: program.raw), type, replacing == nil ? 2 : 6,
        UInt32(bitPattern: replacing ?? 0),
    ]
    _ = try bpf(8, &attribute)
}

/// BPF_PROG_DETACH.
package func detachProgram(
    _ program: borrowing Descriptor, from cgroup: borrowing Descriptor, type: UInt32
) throws(Errno) {
    var attribute: [UInt32] = [UInt32(bitPattern: cgroup.raw), UInt32(bitPattern: program.raw), type, 0]
    _ = try bpf(9, &attribute)
}

/// BPF_PROG_QUERY: the ids of the programs attached to this very cgroup, at most 64.
package func attachedPrograms(_ cgroup: borrowing Descriptor, type: UInt32) throws(Errno) -> [UInt32] {
    var ids = [UInt32](repeating: 0, count: 64)
    let count = try ids.withUnsafeMutableBufferPointer { (ids) throws(Errno) in
        let place = address(ids.baseAddress)
        var attribute: [UInt32] = [
            UInt32(bitPattern: cgroup.raw), type, 0, 0, low(place), high(place), UInt32(ids.count), 0,
        ]
        _ = try bpf(16, &attribute)
        return Int(attribute[6])
    }
    return Array(ids.prefix(count))
}

/// BPF_PROG_GET_FD_BY_ID.
package func openProgram(id: UInt32) throws(Errno) -> Descriptor {
    var attribute: [UInt32] = [id, 0, 0]
    return Descriptor(owning: CInt(try bpf(13, &attribute)))
}

/// The name a program was loaded with (BPF_OBJ_GET_INFO_BY_FD).
package func programName(_ program: borrowing Descriptor) throws(Errno) -> String {
    // struct bpf_prog_info up to its name, which is 16 bytes at offset 64.
    var info = [UInt8](repeating: 0, count: 80)
    try info.withUnsafeMutableBufferPointer { (info) throws(Errno) in
        let place = address(info.baseAddress)
        var attribute: [UInt32] = [UInt32(bitPattern: program.raw), UInt32(info.count), low(place), high(place)]
        _ = try bpf(15, &attribute)
    }
    return String(decoding: info[64...].prefix { $0 != 0 }, as: UTF8.self)
}

/// Sets RLIMIT_MEMLOCK in bytes and returns what it was (prlimit(2)); raising the hard limit needs CAP_SYS_RESOURCE.
@discardableResult
package func setLockedMemoryLimit(soft: UInt64, hard: UInt64) throws(Errno) -> (soft: UInt64, hard: UInt64) {
    let new = [soft, hard]
    var old: [UInt64] = [0, 0]
    try old.withUnsafeMutableBufferPointer { (old) throws(Errno) in
        try new.withUnsafeBufferPointer { (new) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_prlimit64), 0, 8, address(new.baseAddress), address(old.baseAddress))
        }
    }
    return (old[0], old[1])
}
