import Diagnostics
import RuntimeSpec

/// One line of a device policy, checked.
package struct DeviceRule: Hashable, Sendable {
    /// mknod, read and write, with the kernel's bits (BPF_DEVCG_ACC_*).
    package struct Access: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let mknod = Access(rawValue: 1)
        package static let read = Access(rawValue: 2)
        package static let write = Access(rawValue: 4)
        package static let all: Access = [.mknod, .read, .write]

        /// As version 1's files and the spec write it.
        var letters: String {
            (contains(.read) ? "r" : "") + (contains(.write) ? "w" : "") + (contains(.mknod) ? "m" : "")
        }
    }
    package enum Kind: UInt32, Hashable, Sendable {
        case block = 1
        case character = 2
        var letter: String { self == .block ? "b" : "c" }
    }

    package var allow: Bool
    /// nil: both kinds.
    package var kind: Kind?
    /// nil: any.
    package var major: UInt32?
    package var minor: UInt32?
    package var access: Access

    package init(
        _ allow: Bool, _ kind: Kind?, _ major: UInt32?, _ minor: UInt32?, _ access: Access = .all
    ) {
        self.allow = allow
        self.kind = kind
        self.major = major
        self.minor = minor
        self.access = access
    }

    /// Whether it decides about every device and every access.
    var isTotal: Bool { kind == nil && major == nil && minor == nil && access == .all }

    /// Whether every device of `other` is one of this rule's.
    func covers(_ other: DeviceRule) -> Bool {
        (kind == nil || kind == other.kind) && (major == nil || major == other.major)
            && (minor == nil || minor == other.minor)
    }

    /// Whether the two have a device in common.
    func meets(_ other: DeviceRule) -> Bool {
        (kind == nil || other.kind == nil || kind == other.kind)
            && (major == nil || other.major == nil || major == other.major)
            && (minor == nil || other.minor == nil || minor == other.minor)
    }
}

extension DeviceRule {
    /// Checks a rule of the spec; `.invalidInput` names `linux.resources.devices[index]`.
    init(_ rule: Spec.Linux.Resources.DeviceRule, index: Int) throws(SandboxError) {
        let path = "linux.resources.devices[\(index)]"
        var access: Access = []
        for letter in rule.access ?? "rwm" {
            switch letter {
            case "r": access.insert(.read)
            case "w": access.insert(.write)
            case "m": access.insert(.mknod)
            default: continue  // told by whoever applies the rules
            }
        }
        let kind: Kind? =
            switch rule.kind {
            case .block: .block
            case .character: .character
            case .all, nil: nil
            }
        self.init(
            rule.allow, kind, try Self.number(rule.major, "\(path).major"),
            try Self.number(rule.minor, "\(path).minor"), access)
    }

    private static func number(_ value: Int64?, _ path: String) throws(SandboxError) -> UInt32? {
        guard let value, value != -1 else { return nil }
        guard (0...Int64(Int32.max)).contains(value) else {
            throw SandboxError(.invalidInput, "\(path): \(value) is no device number")
        }
        return UInt32(value)
    }
}

/// What a container may do with devices: everything is denied, then the rules apply in order, then the devices every
/// container has are allowed (runtime-spec, Default Devices).
package struct DevicePolicy: Equatable, Sendable {
    package var rules: [DeviceRule]

    package init(_ rules: [Spec.Linux.Resources.DeviceRule]) throws(SandboxError) {
        var checked: [DeviceRule] = []
        for (index, rule) in rules.enumerated() { checked.append(try DeviceRule(rule, index: index)) }
        self.rules = checked + Self.always
    }

    /// Device nodes may be made, not used; null, zero, full, tty, urandom, random, ptmx, and pseudo-terminals.
    static let always: [DeviceRule] =
        [DeviceRule(true, .character, nil, nil, .mknod), DeviceRule(true, .block, nil, nil, .mknod)]
        + [(1, 3), (1, 5), (1, 7), (5, 0), (1, 9), (1, 8), (5, 2)].map { DeviceRule(true, .character, $0.0, $0.1) }
        + [DeviceRule(true, .character, 136, nil)]

    /// The decision for one access, by the rules read in order: each access bit is decided by the last rule about it.
    package func allows(_ kind: DeviceRule.Kind, _ major: UInt32, _ minor: UInt32, _ access: DeviceRule.Access) -> Bool
    {
        var open = access
        for rule in rules.reversed() where rule.covers(DeviceRule(true, kind, major, minor)) {
            if !rule.allow && !open.isDisjoint(with: rule.access) { return false }
            if rule.allow { open.subtract(rule.access) }
            if open.isEmpty { return true }
        }
        return false
    }
}
