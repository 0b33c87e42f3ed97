/// A set of capabilities, bit N for capability number N (capabilities(7)).
package struct CapabilitySet: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package init(number: Int) { self.init(rawValue: 1 << UInt64(number)) }

    /// Every capability, those of future kernels too.
    package static let all = CapabilitySet(rawValue: .max)

    /// CAP_SYS_PTRACE.
    package static let tracing = CapabilitySet(number: 19)

    /// In ascending order.
    package var numbers: [Int] { (0..<64).filter { rawValue & (1 << UInt64($0)) != 0 } }

    /// `CAP_CHOWN` …, in the order of their numbers.
    package var names: [String] { numbers.map(CapabilityName.text) }
}

extension CapabilitySet: CustomStringConvertible {
    package var description: String { isEmpty ? "none" : names.joined(separator: " ") }
}

extension CapabilitySet {
    /// How many capabilities this kernel knows, by asking it (prctl(2) PR_CAPBSET_READ): six calls, no file read.
    package static func kernelSupported(_ isKnown: (Int) -> Bool) -> CapabilitySet {
        var known = 0
        var unknown = 64
        while known < unknown {
            let middle = (known + unknown) / 2
            if isKnown(middle) { known = middle + 1 } else { unknown = middle }
        }
        return known == 64 ? .all : CapabilitySet(rawValue: (1 << UInt64(known)) - 1)
    }
}
