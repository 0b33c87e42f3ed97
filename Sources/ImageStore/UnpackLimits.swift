import RuntimeSpec

/// How much an image may hold before it counts as a bomb.
package struct UnpackLimits: Equatable, Sendable {
    /// Members of all layers together, extended headers counted.
    package var entries = 1_000_000
    /// Bytes of all layers' files together.
    package var bytes: Int64 = 32 << 30

    package init() {}
}

/// What was unpacked, and what of the archive has no place on disk.
struct UnpackReport: Equatable {
    var entries = 0
    var bytes: Int64 = 0
    /// Device nodes: a user namespace has none, and a sandbox brings its own.
    var devices = 0
    /// Extended attributes that only the host's root may set, or that the file system does not know.
    var attributes = 0
    /// Owners outside the id map, which became root.
    var owners = 0

    static func + (left: UnpackReport, right: UnpackReport) -> UnpackReport {
        UnpackReport(
            entries: left.entries + right.entries, bytes: left.bytes + right.bytes,
            devices: left.devices + right.devices, attributes: left.attributes + right.attributes,
            owners: left.owners + right.owners)
    }

    /// One line for each thing that is not as in the archive.
    var notes: [String] {
        var notes: [String] = []
        func add(_ count: Int, _ one: String, _ many: String, _ why: String) {
            if count > 0 { notes.append("\(count) \(count == 1 ? one : many) left out: \(why)") }
        }
        add(devices, "device node", "device nodes", "a sandbox brings its own /dev")
        add(
            attributes, "extended attribute", "extended attributes",
            "only user.* and file capabilities can be kept without root")
        if owners > 0 {
            notes.append(
                "\(owners) \(owners == 1 ? "file belongs" : "files belong") to root instead of an id that is not mapped"
            )
        }
        return notes
    }
}

extension UnpackReport: SpecObject {
    static var blank: UnpackReport { UnpackReport() }
    var unknown: [JSON.Member] {
        get { [] }
        set {}
    }

    mutating func visit(_ properties: inout Properties) {
        var numbers = [Int64(entries), bytes, Int64(devices), Int64(attributes), Int64(owners)]
        for (index, key) in ["entries", "bytes", "devices", "attributes", "owners"].enumerated() {
            properties.defaulted(key, &numbers[index])
        }
        (entries, bytes, devices) = (Int(numbers[0]), numbers[1], Int(numbers[2]))
        (attributes, owners) = (Int(numbers[3]), Int(numbers[4]))
    }
}
