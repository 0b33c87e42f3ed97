import RuntimeSpec

/// All that a program depends on as words, lengths before what they are of: no two policies look the same.
struct ContentWords {
    private(set) var list: [UInt64] = []

    private enum Kind: UInt64 {
        case policy
        case specification
    }

    private init(_ kind: Kind, _ native: SyscallArchitecture) {
        list.reserveCapacity(2048)
        put(UInt64(FilterCompiler.version) << 8 | kind.rawValue)
        put(UInt64(SyscallName.count))
        put(native)
    }

    init(_ policy: FilterPolicy, _ native: SyscallArchitecture) {
        self.init(.policy, native)
        put(policy.order == .firstMatch ? 1 : 0)
        put(UInt64(policy.defaultAction.verdict) << 32 | UInt64(policy.flags.rawValue))
        put(policy.architectures)
        for rule in policy.rules {
            put(UInt64(rule.action.verdict))
            put(UInt64(rule.conditions.count) << 32 | UInt64(rule.names.count))
            for condition in rule.conditions {
                put(UInt64(condition.index) << 8 | condition.comparison.code)
                put(condition.value)
                put(condition.valueTwo)
            }
            for name in rule.names { put(name) }
        }
    }

    init(_ filter: Spec.Linux.Seccomp, _ native: SyscallArchitecture) {
        self.init(.specification, native)
        put(filter.defaultAction.code << 33 | Self.code(filter.defaultErrnoRet))
        put(UInt64((filter.flags?.count ?? -1) + 1))
        for flag in filter.flags ?? [] { put(UInt64(FilterFlags(flag).rawValue)) }
        put(filter.architectures ?? [])
        for rule in filter.syscalls ?? [] {
            put(rule.action.code << 33 | Self.code(rule.errnoRet))
            put(UInt64(rule.args?.count ?? 0) << 32 | UInt64(rule.names.count))
            for condition in rule.args ?? [] {
                put(UInt64(condition.index) << 8 | ArgumentCondition.Comparison(condition.op).code)
                put(condition.value)
                put(condition.valueTwo ?? 0)
            }
            for name in rule.names { put(name) }
        }
    }

    private static func code(_ number: UInt32?) -> UInt64 { number.map { 1 << 32 | UInt64($0) } ?? 0 }

    private mutating func put(_ number: UInt64) { list.append(number) }

    private mutating func put(_ architectures: [SyscallArchitecture]) {
        put(UInt64(architectures.count))
        for architecture in architectures { put(architecture) }
    }

    /// The kernel's word for it, which x32 has in common with x86-64.
    private mutating func put(_ architecture: SyscallArchitecture) {
        put(UInt64(architecture.auditWord) << 1 | (architecture == .x32 ? 1 : 0))
    }

    /// Its bytes eight to a word, behind a byte with their number; of a long one that is in a word of its own.
    private mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var word = UInt64(min(bytes.count, 255))
            if word == 255 { list.append(UInt64(bytes.count)) }
            var shift: UInt64 = 8
            for byte in bytes {
                word |= UInt64(byte) &<< shift
                shift += 8
                if shift == 64 {
                    list.append(word)
                    word = 0
                    shift = 0
                }
            }
            if shift != 0 { list.append(word) }
        }
    }
}

extension Spec.Linux.Seccomp.Action {
    fileprivate var code: UInt64 {
        switch self {
        case .kill: 0
        case .killProcess: 1
        case .killThread: 2
        case .trap: 3
        case .errno: 4
        case .trace: 5
        case .allow: 6
        case .log: 7
        case .notify: 8
        }
    }
}

extension ArgumentCondition.Comparison {
    fileprivate var code: UInt64 {
        switch self {
        case .equal: 0
        case .notEqual: 1
        case .less: 2
        case .lessOrEqual: 3
        case .greater: 4
        case .greaterOrEqual: 5
        case .maskedEqual: 6
        }
    }
}
