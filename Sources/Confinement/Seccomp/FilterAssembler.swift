/// Builds a program from its end to its beginning, so that every jump's target is already in place.
///
/// Jumps of classic BPF go forward only, a conditional one 255 instructions at most; farther targets get a relay.
struct FilterAssembler {
    /// An instruction already emitted, counted from the program's end.
    struct Label: Hashable {
        fileprivate let fromEnd: Int
    }

    private var reversed: [FilterInstruction] = []
    private var returns: [UInt32: Label] = [:]

    init() { reversed.reserveCapacity(512) }

    var count: Int { reversed.count }

    /// The program in the kernel's order.
    var program: [FilterInstruction] { reversed.reversed() }

    private mutating func emit(_ instruction: FilterInstruction) -> Label {
        reversed.append(instruction)
        return Label(fromEnd: reversed.count - 1)
    }

    /// How many instructions lie between the next one emitted and `label`.
    private func distance(to label: Label) -> Int { reversed.count - label.fromEnd - 1 }

    /// Whether a conditional jump emitted soon still reaches `label`.
    func isNear(_ label: Label) -> Bool { distance(to: label) < 192 }

    /// An instruction that returns `verdict`: one already in reach, or a new one.
    mutating func returning(_ verdict: UInt32) -> Label {
        if let known = returns[verdict], isNear(known) { return known }
        let label = emit(FilterInstruction(.return, verdict))
        returns[verdict] = label
        return label
    }

    /// Does `instruction` (no jump), then goes on at `next`.
    mutating func then(_ code: FilterInstruction.Code, _ operand: UInt32, _ next: Label) -> Label {
        fallThrough(to: next)
        return emit(FilterInstruction(code, operand))
    }

    /// Compares A with `operand` and goes on at one of two places.
    mutating func branch(
        _ code: FilterInstruction.Code, _ operand: UInt32, _ whenTrue: Label, _ whenFalse: Label
    ) -> Label {
        if whenTrue == whenFalse { return whenTrue }
        var whenTrue = whenTrue
        var whenFalse = whenFalse
        // One relay moves the other target one farther: 254 is what surely still fits.
        if distance(to: whenFalse) > 254 { whenFalse = relay(to: whenFalse) }
        if distance(to: whenTrue) > 255 { whenTrue = relay(to: whenTrue) }
        let instruction = FilterInstruction(
            code, operand, jumpTrue: UInt8(distance(to: whenTrue)), jumpFalse: UInt8(distance(to: whenFalse)))
        return emit(instruction)
    }

    /// Puts a whole program in front of what is there, and gives its start; nil for an empty one.
    mutating func prepend(_ program: [FilterInstruction]) -> Label? {
        reversed.append(contentsOf: program.reversed())
        return program.isEmpty ? nil : Label(fromEnd: reversed.count - 1)
    }

    private mutating func relay(to label: Label) -> Label {
        emit(FilterInstruction(.jump, UInt32(distance(to: label))))
    }

    private mutating func fallThrough(to label: Label) {
        if distance(to: label) > 0 { _ = relay(to: label) }
    }
}
