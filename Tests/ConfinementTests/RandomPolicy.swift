import Confinement

/// A small generator whose sequences do not change between runs.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

enum RandomPolicy {
    static let names = [
        "read", "write", "open", "socket", "bind", "accept", "shmget", "personality", "clone", "ioctl", "prctl",
        "socketcall", "ipc", "getpid", "futex", "mmap", "mmap2", "clone3", "send", "openat2",
    ]
    static let values: [UInt64] = [0, 1, 2, 8, 40, 0x7e02_0000, 0xffff_ffff, 0x1_0000_0000, 0x5_0000_0007, .max]
    static let actions: [FilterAction] = [.allow, .errno(1), .errno(38), .killProcess, .trap, .log, .trace(5)]

    static func make(using generator: inout SplitMix) -> FilterPolicy {
        var policy = FilterPolicy(defaultAction: actions.randomElement(using: &generator) ?? .allow)
        policy.architectures = [[], [.x86], [.x86, .x32], [.x32]].randomElement(using: &generator) ?? []
        for name in names where Bool.random(using: &generator) {
            let action = actions.randomElement(using: &generator) ?? .allow
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                policy.rules.append(.init([name], action, conditions(using: &generator)))
            }
        }
        return policy
    }

    private static func conditions(using generator: inout SplitMix) -> [ArgumentCondition] {
        var conditions: [ArgumentCondition] = []
        for index in 0..<4 where Int.random(in: 0..<3, using: &generator) == 0 {
            let comparisons: [ArgumentCondition.Comparison] = [
                .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .maskedEqual,
            ]
            conditions.append(
                ArgumentCondition(
                    index, comparisons.randomElement(using: &generator) ?? .equal,
                    values.randomElement(using: &generator) ?? 0, values.randomElement(using: &generator) ?? 0))
        }
        return conditions
    }
}
