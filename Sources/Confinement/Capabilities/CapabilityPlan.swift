import Diagnostics
import RuntimeSpec

/// The five sets a process is to have (capabilities(7); config.md, Process `capabilities`).
package struct CapabilityPlan: Equatable, Sendable {
    package var bounding: CapabilitySet
    package var effective: CapabilitySet
    package var permitted: CapabilitySet
    package var inheritable: CapabilitySet
    package var ambient: CapabilitySet

    package init(
        bounding: CapabilitySet = [], effective: CapabilitySet = [], permitted: CapabilitySet = [],
        inheritable: CapabilitySet = [], ambient: CapabilitySet = []
    ) {
        self.bounding = bounding
        self.effective = effective
        self.permitted = permitted
        self.inheritable = inheritable
        self.ambient = ambient
    }

    /// These, for a process that waits where the container's own may be already, and may not be looked into by them:
    /// that takes every capability of the looked at, or CAP_SYS_PTRACE (ptrace(2), Ptrace access mode checking).
    package var guarded: CapabilityPlan {
        var guarded = self
        guarded.permitted.insert(.tracing)
        return guarded
    }

    /// Reads the lists of a config.json.
    ///
    /// The specification wants a warning, no failure, for a name that cannot be mapped; each names its path.
    package static func parse(
        _ spec: Spec.Process.Capabilities, at path: String = "process.capabilities"
    ) -> (plan: CapabilityPlan, warnings: [String]) {
        var warnings: [String] = []
        func set(_ names: [String]?, _ key: String) -> CapabilitySet {
            var set: CapabilitySet = []
            for (index, name) in (names ?? []).enumerated() {
                if let number = CapabilityName.number(name) {
                    set.insert(CapabilitySet(number: number))
                } else {
                    warnings.append("\(path).\(key)[\(index)]: unknown capability \"\(name)\" is ignored")
                }
            }
            return set
        }
        let plan = CapabilityPlan(
            bounding: set(spec.bounding, "bounding"), effective: set(spec.effective, "effective"),
            permitted: set(spec.permitted, "permitted"), inheritable: set(spec.inheritable, "inheritable"),
            ambient: set(spec.ambient, "ambient"))
        return (plan, warnings)
    }
}

extension CapabilitySet {
    /// Reads a list a person wrote, in a profile or as `--cap-add`: `ALL`, and names with or without `CAP_`, in
    /// either case.
    ///
    /// - Throws: `.invalidInput` that names the path, the index and the unknown name.
    package init(names: [String], at path: String) throws(SandboxError) {
        var set: CapabilitySet = []
        for (index, name) in names.enumerated() {
            let upper = name.uppercased()
            if upper == "ALL" {
                set = .all
                continue
            }
            guard let number = CapabilityName.number(upper.hasPrefix("CAP_") ? upper : "CAP_" + upper) else {
                throw SandboxError(
                    .invalidInput, "\(path)[\(index)]: unknown capability \"\(name)\"",
                    remedy: "the names are in capabilities(7); one without a name is CAP_ and its number")
            }
            set.insert(CapabilitySet(number: number))
        }
        self = set
    }
}
