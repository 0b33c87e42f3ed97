import Diagnostics

/// `DevicePolicy` and `DeviceAllow` for a version 1 host, where systemd would open all devices again when it is reloaded;
/// pure. In version 2 the container's program stands beside systemd's, and none of this is needed.
///
/// - devices: the text of `/proc/devices`, since systemd names a whole major number by its driver: `char-pts`.
func deviceProperties(_ target: LegacyDevices, devices: String) -> [SystemdProperty] {
    if target.allowsByDefault { return [] }
    let drivers = parseDrivers(devices)
    let lines = target.exceptions.map { ($0.key, $0.value) }.sorted { $0.0.line($0.1) < $1.0.line($1.1) }
    let allowed = lines.compactMap { devices, access -> DBusValue? in
        let kind = devices.kind == .block ? "block" : "char"
        let name: String
        switch (devices.major, devices.minor) {
        case (let major?, let minor?): name = "/dev/\(kind)/\(major):\(minor)"
        case (let major?, nil):
            guard let driver = drivers[kind]?[major] else { return nil }  // no such driver, nothing to allow
            name = "\(kind)-\(driver)"
        case (nil, nil): name = "\(kind)-*"
        case (nil, _?): return nil  // systemd cannot say it: denied after a reload, never opened
        }
        return .structure([.string(name), .string(access.letters)])
    }
    return [.init("DevicePolicy", .string("strict")), .init("DeviceAllow", .array("(ss)", allowed))]
}

/// `/proc/devices`: after `Character devices:` and `Block devices:` lines ` MAJOR NAME`; of several names the first.
func parseDrivers(_ text: String) -> [String: [UInt32: String]] {
    var drivers: [String: [UInt32: String]] = [:]
    var kind = ""
    for line in text.split(separator: "\n") {
        if line.hasPrefix("Character") { kind = "char" }
        if line.hasPrefix("Block") { kind = "block" }
        let fields = line.split(separator: " ")
        guard fields.count == 2, let major = UInt32(fields[0]), drivers[kind]?[major] == nil else { continue }
        drivers[kind, default: [:]][major] = String(fields[1])
    }
    return drivers
}
