import Diagnostics
import LinuxKernel

/// The steps that give the calling process its capabilities, in the order init takes them:
///
/// 1. `dropBounding` while CAP_SETPCAP is still there;
/// 2. `keepOverIdentityChange`, then the caller sets groups, gid and uid;
/// 3. `apply`, which sets the three sets of capset(2) and the ambient set last, since it needs the other two.
///
/// What this process does not have it cannot give: such capabilities are left out and named in the warnings, as the
/// specification wants (config.md, `capabilities`: a runtime should not fail for what cannot be granted).
extension CapabilityPlan {
    /// The capabilities this kernel knows.
    package static func kernelSupported() -> CapabilitySet {
        CapabilitySet.kernelSupported { number in
            // A number the kernel lacks is EINVAL; no other error exists for this call.
            (try? boundingSetHas(number)) != nil
        }
    }

    /// Removes everything that is not in `bounding` from the bounding set (PR_CAPBSET_DROP).
    ///
    /// Without CAP_SETPCAP it fails, unless there is nothing to remove.
    package func dropBounding() throws(SandboxError) {
        for number in 0..<64 where !bounding.contains(CapabilitySet(number: number)) {
            do {
                try dropFromBoundingSet(number)
            } catch .invalidArgument {
                return  // The kernel knows no capability from this number on.
            } catch {
                let isAbsent = (try? boundingSetHas(number)) == false  // Then there was nothing to drop.
                if !isAbsent {
                    throw SandboxError(error, "drop \(CapabilityName.text(number)) from the bounding set")
                }
            }
        }
    }

    /// Makes the permitted set outlive setresuid(2) to an ordinary user.
    package func keepOverIdentityChange() throws(SandboxError) {
        try attempt("keep capabilities over the change of user") { () throws(Errno) in try setKeepCapabilities(true) }
    }

    /// Gives this process the effective, permitted, inheritable and ambient sets, and ends keep-capabilities.
    ///
    /// - Returns: a line for each set that had to leave something out.
    package func apply() throws(SandboxError) -> [String] {
        let current = try attempt("read the capabilities") { () throws(Errno) in try threadCapabilities() }
        let possible = limited(to: current, bounding: bounding)
        try attempt("end keeping capabilities") { () throws(Errno) in try setKeepCapabilities(false) }
        try attempt("set the capabilities") { () throws(Errno) in
            try setThreadCapabilities(
                ThreadCapabilities(
                    effective: possible.plan.effective.rawValue, permitted: possible.plan.permitted.rawValue,
                    inheritable: possible.plan.inheritable.rawValue))
        }
        return try possible.warnings + possible.plan.applyAmbient()
    }

    private func applyAmbient() throws(SandboxError) -> [String] {
        do {
            try clearAmbientSet()
        } catch .invalidArgument where ambient.isEmpty {
            return []  // Linux before 4.3 has no ambient set.
        } catch {
            throw SandboxError(error, "clear the ambient capabilities")
        }
        var warnings: [String] = []
        for number in ambient.numbers {
            do { try raiseAmbient(number) } catch {
                warnings.append("can't raise ambient capability \(CapabilityName.text(number)): \(error.text)")
            }
        }
        return warnings
    }

    /// The part of the plan a process with `current` can take, and what was left out of each set.
    ///
    /// New permitted bits must be permitted now, effective ones permitted then; inheritable ones must be inheritable
    /// or permitted now, and new ones within the bounding set; ambient ones permitted and inheritable then.
    package func limited(
        to current: ThreadCapabilities, bounding available: CapabilitySet
    ) -> (plan: CapabilityPlan, warnings: [String]) {
        var plan = self
        plan.permitted.formIntersection(CapabilitySet(rawValue: current.permitted))
        plan.effective.formIntersection(plan.permitted)
        let granted = CapabilitySet(rawValue: current.permitted).intersection(available)
        plan.inheritable.formIntersection(granted.union(CapabilitySet(rawValue: current.inheritable)))
        plan.ambient.formIntersection(plan.permitted.intersection(plan.inheritable))
        var warnings: [String] = []
        for (name, wanted, given) in [
            ("permitted", permitted, plan.permitted), ("effective", effective, plan.effective),
            ("inheritable", inheritable, plan.inheritable),
        ] where wanted != given {
            let missing = wanted.subtracting(given)
            // Asking for all of them means all there are.
            if wanted == .all { continue }
            warnings.append("\(name) capabilities this process cannot give are left out: \(missing)")
        }
        for name in ambient.subtracting(plan.ambient).names where ambient != .all {
            warnings.append("can't raise ambient capability \(name): it is not both permitted and inheritable")
        }
        return (plan, warnings)
    }
}

/// The `SECBIT_*` flags of capabilities(7): uid 0 gains no capabilities by itself, for good.
package struct SecureBits: OptionSet, Sendable {
    package let rawValue: UInt
    package init(rawValue: UInt) { self.rawValue = rawValue }

    package static let noRoot = SecureBits(rawValue: 0x01)
    package static let noRootLocked = SecureBits(rawValue: 0x02)
    package static let noSetUIDFixup = SecureBits(rawValue: 0x04)
    package static let noSetUIDFixupLocked = SecureBits(rawValue: 0x08)
    package static let keepCapabilitiesLocked = SecureBits(rawValue: 0x20)
    package static let noAmbientRaise = SecureBits(rawValue: 0x40)
    package static let noAmbientRaiseLocked = SecureBits(rawValue: 0x80)

    /// Sets exactly these; needs CAP_SETPCAP, so it comes before `apply`.
    package func apply() throws(SandboxError) {
        try attempt("set the secure bits") { () throws(Errno) in try setSecureBits(rawValue) }
    }
}
