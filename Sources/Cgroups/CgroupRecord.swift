import Diagnostics
import RuntimeSpec

/// Where a container's processes are, as it is kept in the container's state so that later verbs find it again.
package struct CgroupRecord: Equatable, Sendable {
    /// A running transient unit.
    package struct Unit: Equatable, Sendable {
        package var name: String
        /// Whether it belongs to the user's own manager.
        package var user: Bool
        /// The D-Bus addresses on which its manager was reached.
        package var addresses: [String]

        package init(name: String, user: Bool, addresses: [String]) {
            self.name = name
            self.user = user
            self.addresses = addresses
        }
    }

    /// Empty: the container has no group of its own.
    package var directories: [CgroupDirectory]
    package var unit: Unit?
    /// Made without the rights of the host's root: device rules may be missing.
    package var rootless: Bool

    package init(directories: [CgroupDirectory] = [], unit: Unit? = nil, rootless: Bool = false) {
        self.directories = directories
        self.unit = unit
        self.rootless = rootless
    }

    /// The version 2 directory: the only hierarchy, or beside version 1.
    package var unified: CgroupDirectory? { directories.first { $0.unified } }

    /// Whether version 2 has the controllers.
    package var isUnified: Bool { !directories.isEmpty && directories.allSatisfy(\.unified) }

    /// The version 1 directory with a controller.
    package func legacy(_ controller: String) -> CgroupDirectory? {
        directories.first { !$0.unified && $0.controllers.contains(controller) }
    }

    /// The directory that tells which processes belong to the container: version 2's, or a version 1 one that moves
    /// with every process.
    package var tracking: CgroupDirectory? {
        unified ?? legacy("freezer") ?? legacy("pids") ?? legacy("devices") ?? legacy("memory") ?? directories.first
    }
}

extension CgroupRecord: JSONValue {
    /// `{"rootless":…,"directories":[{"path","mountPoint","controllers"?}],"unit"?:{"name","user","addresses"}}`;
    /// a directory without `controllers` is of version 2.
    package var json: JSON {
        var members: [JSON.Member] = [
            .init("rootless", .bool(rootless)), .init("directories", .array(directories.map(\.json))),
        ]
        if let unit {
            members.append(
                .init(
                    "unit",
                    .object([
                        .init("name", .string(unit.name)), .init("user", .bool(unit.user)),
                        .init("addresses", unit.addresses.json),
                    ])))
        }
        return .object(members)
    }

    package init(json: JSON, at path: JSONPath) throws(SandboxError) {
        rootless = try Bool(json: json["rootless"] ?? .bool(false), at: .member(path, "rootless"))
        directories = try [CgroupDirectory](
            json: json["directories"] ?? .null, at: .member(path, "directories"))
        guard let unit = json["unit"] else {
            self.unit = nil
            return
        }
        let inside = JSONPath.member(path, "unit")
        self.unit = Unit(
            name: try String(json: unit["name"] ?? .null, at: .member(inside, "name")),
            user: try Bool(json: unit["user"] ?? .null, at: .member(inside, "user")),
            addresses: try [String](json: unit["addresses"] ?? .null, at: .member(inside, "addresses")))
    }
}

extension CgroupDirectory: JSONValue {
    package var json: JSON {
        var members: [JSON.Member] = [.init("path", .string(path)), .init("mountPoint", .string(mountPoint))]
        if !unified { members.append(.init("controllers", controllers.json)) }
        return .object(members)
    }

    package init(json: JSON, at path: JSONPath) throws(SandboxError) {
        let controllers = json["controllers"]
        self.init(
            unified: controllers == nil,
            controllers: try [String](json: controllers ?? .array([]), at: .member(path, "controllers")),
            path: try String(json: json["path"] ?? .null, at: .member(path, "path")),
            mountPoint: try String(json: json["mountPoint"] ?? .null, at: .member(path, "mountPoint")))
    }
}
