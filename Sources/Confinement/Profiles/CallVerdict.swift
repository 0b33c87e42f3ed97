import Diagnostics
import RuntimeSpec

/// What a policy does with one system call, for people.
package struct CallVerdict: Equatable, Sendable {
    /// Tried in order; the first whose conditions all hold decides.
    package struct Case: Equatable, Sendable {
        package var conditions: [ArgumentCondition]
        package var action: FilterAction
    }

    package var cases: [Case]
    package var otherwise: FilterAction
    /// Whether a rule names the call; if not, `otherwise` is the policy's default.
    package var isNamed: Bool

    /// `allow`, or `allow when argument 0 & 0x7e020000 is 0; otherwise EPERM`.
    package var text: String {
        let parts = cases.map { "\($0.action.text) when \($0.conditions.map(\.text).joined(separator: " and "))" }
        return parts.isEmpty ? otherwise.text : (parts + ["otherwise \(otherwise.text)"]).joined(separator: "; ")
    }

    /// Whether some arguments get through.
    package var isEverAllowed: Bool {
        otherwise.isPermissive || cases.contains { $0.action.isPermissive }
    }
}

extension FilterPolicy {
    /// The verdicts of a policy, by the row of the call.
    package func verdicts() -> [CallVerdict] {
        let table = RuleTable(self)
        return (0..<SyscallName.count).map { row in
            switch table.outcomes[row] {
            case nil, .library: return CallVerdict(cases: [], otherwise: defaultAction, isNamed: table.named[row])
            case .always(let action): return CallVerdict(cases: [], otherwise: action, isNamed: true)
            case .when(var alternatives):
                var otherwise = defaultAction
                if let last = alternatives.last, last.conditions.isEmpty {
                    otherwise = last.action
                    alternatives.removeLast()
                }
                let cases = alternatives.map { CallVerdict.Case(conditions: $0.conditions, action: $0.action) }
                return CallVerdict(cases: cases, otherwise: otherwise, isNamed: true)
            }
        }
    }
}

extension FilterAction {
    /// `allow`, `EPERM`, `kill the process` …
    package var text: String {
        switch self {
        case .killProcess: "kill the process"
        case .killThread: "kill the thread"
        case .trap: "send SIGSYS"
        case .errno(let number): Self.errorName(number)
        case .notify: "ask the supervisor"
        case .trace(let number): "ask the tracer (\(number))"
        case .log: "allow and log"
        case .allow: "allow"
        }
    }

    private static func errorName(_ number: UInt16) -> String {
        switch number {
        case 1: "EPERM"
        case 13: "EACCES"
        case 22: "EINVAL"
        case 38: "ENOSYS"
        case 95: "EOPNOTSUPP"
        case 97: "EAFNOSUPPORT"
        default: "error \(number)"
        }
    }
}

extension ArgumentCondition {
    package var text: String {
        func hex(_ value: UInt64) -> String { value < 10 ? String(value) : "0x" + String(value, radix: 16) }
        let argument = "argument \(index)"
        return switch comparison {
        case .equal: "\(argument) is \(hex(value))"
        case .notEqual: "\(argument) is not \(hex(value))"
        case .less: "\(argument) < \(hex(value))"
        case .lessOrEqual: "\(argument) <= \(hex(value))"
        case .greater: "\(argument) > \(hex(value))"
        case .greaterOrEqual: "\(argument) >= \(hex(value))"
        case .maskedEqual where value == 0xffff_ffff: "\(argument) is \(hex(valueTwo & value))"
        case .maskedEqual: "\(argument) & \(hex(value)) is \(hex(valueTwo & value))"
        }
    }
}

extension SyscallName {
    /// The kernel release a call came with; nil for those older than 5.10, which every supported kernel has.
    package var since: KernelVersion? {
        // From 424 on a call has the same number on every architecture but alpha.
        guard let number = number(on: .aarch64) ?? number(on: .x86_64) else { return nil }
        return switch number {
        case 440: KernelVersion(5, 10)
        case 441: KernelVersion(5, 11)
        case 442: KernelVersion(5, 12)
        case 443, 447: KernelVersion(5, 14)
        case 444...446: KernelVersion(5, 13)
        case 448: KernelVersion(5, 15)
        case 449: KernelVersion(5, 16)
        case 450: KernelVersion(5, 17)
        case 451: KernelVersion(6, 5)
        case 452...453: KernelVersion(6, 6)
        case 454...456: KernelVersion(6, 7)
        case 457...461: KernelVersion(6, 8)
        case 462: KernelVersion(6, 10)
        case 463...466: KernelVersion(6, 13)
        case 467: KernelVersion(6, 15)
        case 468...469: KernelVersion(6, 17)
        case 470: KernelVersion(6, 19)
        case 471...500: KernelVersion(7, 0)
        default: nil
        }
    }

    /// The known name most like a misspelt one, if any is close.
    package static func nearest(to name: String) -> String? {
        nearestName(to: name, among: (0..<count).lazy.map { SyscallName(row: $0).text })
    }
}
