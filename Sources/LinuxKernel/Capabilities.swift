/// The three sets of capget(2) and capset(2), a bit for each capability.
package struct ThreadCapabilities: Equatable, Sendable {
    package var effective: UInt64
    package var permitted: UInt64
    package var inheritable: UInt64

    package init(effective: UInt64 = 0, permitted: UInt64 = 0, inheritable: UInt64 = 0) {
        self.effective = effective
        self.permitted = permitted
        self.inheritable = inheritable
    }
}

/// capget(2) of the calling thread.
package func threadCapabilities() throws(Errno) -> ThreadCapabilities {
    var halves: InlineArray<2, clinux_cap_data> = .init(repeating: clinux_cap_data())
    var header = clinux_cap_header(version: UInt32(CLINUX_CAP_VERSION_3), pid: 0)
    try withUnsafeMutablePointer(to: &header) { (header) throws(Errno) -> Void in
        try withUnsafeMutablePointer(to: &halves) { (halves) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_capget), address(header), address(halves))
        }
    }
    func join(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) << 32 }
    return ThreadCapabilities(
        effective: join(halves[0].effective, halves[1].effective),
        permitted: join(halves[0].permitted, halves[1].permitted),
        inheritable: join(halves[0].inheritable, halves[1].inheritable))
}

/// capset(2) of the calling thread.
package func setThreadCapabilities(_ sets: ThreadCapabilities) throws(Errno) {
    func half(_ shift: UInt64) -> clinux_cap_data {
        clinux_cap_data(
            effective: UInt32(truncatingIfNeeded: sets.effective >> shift),
            permitted: UInt32(truncatingIfNeeded: sets.permitted >> shift),
            inheritable: UInt32(truncatingIfNeeded: sets.inheritable >> shift))
    }
    var halves: InlineArray<2, clinux_cap_data> = [half(0), half(32)]
    var header = clinux_cap_header(version: UInt32(CLINUX_CAP_VERSION_3), pid: 0)
    try withUnsafeMutablePointer(to: &header) { (header) throws(Errno) -> Void in
        try withUnsafeMutablePointer(to: &halves) { (halves) throws(Errno) -> Void in
            try syscallRetrying(Int(SYS_capset), address(header), address(halves))
        }
    }
}

/// Whether the bounding set has a capability; EINVAL for one the kernel does not know (prctl(2) PR_CAPBSET_READ).
package func boundingSetHas(_ capability: Int) throws(Errno) -> Bool {
    try processControl(PR_CAPBSET_READ, UInt(capability)) == 1
}

/// Removes a capability from the bounding set, for good (prctl(2) PR_CAPBSET_DROP).
package func dropFromBoundingSet(_ capability: Int) throws(Errno) {
    try processControl(PR_CAPBSET_DROP, UInt(capability))
}

/// Whether the permitted set outlives a change of all user ids away from 0 (prctl(2) PR_SET_KEEPCAPS).
package func setKeepCapabilities(_ on: Bool) throws(Errno) { try processControl(PR_SET_KEEPCAPS, on ? 1 : 0) }

/// Empties the ambient set (prctl(2) PR_CAP_AMBIENT_CLEAR_ALL).
package func clearAmbientSet() throws(Errno) { try processControl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_CLEAR_ALL)) }

/// Adds one to the ambient set, which needs it permitted and inheritable (prctl(2) PR_CAP_AMBIENT_RAISE).
package func raiseAmbient(_ capability: Int) throws(Errno) {
    try processControl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_RAISE), UInt(capability))
}

/// Whether the ambient set has a capability (prctl(2) PR_CAP_AMBIENT_IS_SET).
package func ambientSetHas(_ capability: Int) throws(Errno) -> Bool {
    try processControl(PR_CAP_AMBIENT, UInt(PR_CAP_AMBIENT_IS_SET), UInt(capability)) == 1
}

/// The `SECBIT_*` flags of <linux/securebits.h> (prctl(2) PR_GET_SECUREBITS).
package func secureBits() throws(Errno) -> Int { try processControl(PR_GET_SECUREBITS) }

/// Needs CAP_SETPCAP (prctl(2) PR_SET_SECUREBITS).
package func setSecureBits(_ bits: UInt) throws(Errno) { try processControl(PR_SET_SECUREBITS, bits) }
