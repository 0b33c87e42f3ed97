import Diagnostics
import LinuxKernel

/// The state of a version 1 devices group: a default, and exceptions from it (kernel's cgroup-v1/devices.rst).
struct LegacyDevices: Equatable {
    /// A rule's devices, without its verdict.
    struct Devices: Hashable {
        var kind: DeviceRule.Kind
        var major: UInt32?
        var minor: UInt32?

        var rule: DeviceRule { DeviceRule(true, kind, major, minor) }
        func line(_ access: DeviceRule.Access) -> String {
            "\(kind.letter) \(major.map(String.init) ?? "*"):\(minor.map(String.init) ?? "*") \(access.letters)"
        }
    }

    var allowsByDefault = false
    var exceptions: [Devices: DeviceRule.Access] = [:]

    init() {}

    /// What the rules come to.
    ///
    /// `.unsupported` for one that takes a part out of an earlier, wider one: the kernel would drop it in silence, and
    /// what it was to deny would stay allowed.
    init(_ rules: [DeviceRule]) throws(SandboxError) {
        for rule in rules {
            if rule.isTotal {
                allowsByDefault = rule.allow
                exceptions = [:]
                continue
            }
            for kind in rule.kind.map({ [$0] }) ?? [.block, .character] {
                let devices = Devices(kind: kind, major: rule.major, minor: rule.minor)
                if rule.allow == allowsByDefault {
                    try takeBack(devices, rule.access)
                } else if !rule.access.isEmpty {
                    exceptions[devices, default: []].formUnion(rule.access)
                }
            }
        }
    }

    private mutating func takeBack(_ devices: Devices, _ access: DeviceRule.Access) throws(SandboxError) {
        for (other, allowed) in exceptions where devices.rule.meets(other.rule) && !allowed.isDisjoint(with: access) {
            guard devices.rule.covers(other.rule) else {
                throw SandboxError(
                    .unsupported,
                    "linux.resources.devices: cgroup v1 cannot except \"\(devices.line(access))\" from the wider "
                        + "\"\(other.line(allowed))\"", remedy: "list the devices one by one, or use cgroup v2")
            }
            let left = allowed.subtracting(access)
            exceptions[other] = left.isEmpty ? nil : left
        }
    }

    /// The text of `devices.list`; a line `a *:* rwm` is a group that allows everything by default. Exceptions from
    /// that cannot be read back.
    init(list: String) {
        for line in list.split(separator: "\n") {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == ":" })
            guard fields.count == 4 else { continue }
            if fields[0] == "a" {
                allowsByDefault = true
                return
            }
            var access: DeviceRule.Access = []
            if fields[3].contains("r") { access.insert(.read) }
            if fields[3].contains("w") { access.insert(.write) }
            if fields[3].contains("m") { access.insert(.mknod) }
            let devices = Devices(
                kind: fields[0] == "b" ? .block : .character, major: UInt32(fields[1]), minor: UInt32(fields[2]))
            exceptions[devices, default: []].formUnion(access)
        }
    }

    /// The writes that lead from `self` to `target`: what stays allowed is allowed all the time.
    func writes(to target: LegacyDevices) -> [(file: String, line: String)] {
        if allowsByDefault || target.allowsByDefault {
            let first = target.allowsByDefault ? "devices.allow" : "devices.deny"
            let rest = target.allowsByDefault ? "devices.deny" : "devices.allow"
            return [(first, "a")] + target.sorted.map { (rest, $0.0.line($0.1)) }
        }
        let added = target.sorted.compactMap { devices, access in
            let new = access.subtracting(exceptions[devices] ?? [])
            return new.isEmpty ? nil : ("devices.allow", devices.line(new))
        }
        let removed = sorted.compactMap { devices, access in
            let old = access.subtracting(target.exceptions[devices] ?? [])
            return old.isEmpty ? nil : ("devices.deny", devices.line(old))
        }
        return added + removed
    }

    private var sorted: [(Devices, DeviceRule.Access)] {
        exceptions.map { ($0.key, $0.value) }.sorted { $0.0.line($0.1) < $1.0.line($1.1) }
    }
}

extension DevicePolicy {
    /// Brings a version 1 group to this policy.
    func applyLegacy(_ path: String) throws(SandboxError) {
        let target = try LegacyDevices(rules)
        try within("device rules of cgroup \(path)") { () throws(SandboxError) in
            let list = try attempt("read devices.list") { () throws(Errno) in try readText(path + "/devices.list") }
            for write in LegacyDevices(list: list).writes(to: target) {
                try attempt("write \"\(write.line)\" to \(write.file)") { () throws(Errno) in
                    try writeFile("\(path)/\(write.file)", write.line)
                }
            }
        }
    }
}
