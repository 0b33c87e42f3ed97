import Diagnostics

/// Descriptors of bind sources by the step of the plan that attaches them. They belong to whoever holds the value.
///
/// An array, for steps are counted from zero, and a dictionary's type would be put together at run time.
struct StepSources: Sendable {
    /// -1: none.
    private var slots: [CInt] = []

    init() {}

    subscript(step: Int) -> CInt? {
        get { step < slots.count && slots[step] >= 0 ? slots[step] : nil }
        set {
            while slots.count <= step { slots.append(-1) }
            slots[step] = newValue ?? -1
        }
    }

    /// Those that are there.
    var descriptors: [CInt] { slots.filter { $0 >= 0 } }

    /// Hands one over to the caller.
    mutating func take(_ step: Int) -> CInt? {
        defer { if step < slots.count { slots[step] = -1 } }
        return self[step]
    }

    /// The same steps with what `body` makes of each descriptor.
    func map(_ body: (CInt) throws(SandboxError) -> CInt) throws(SandboxError) -> StepSources {
        var mapped = self
        for (step, raw) in slots.enumerated() where raw >= 0 { mapped.slots[step] = try body(raw) }
        return mapped
    }
}
