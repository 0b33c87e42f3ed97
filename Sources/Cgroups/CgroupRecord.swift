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
        package var unknown: [JSON.Member] = []

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
    package var unknown: [JSON.Member] = []

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

// `{"rootless":…,"directories":[{"path","mountPoint","controllers"?}],"unit"?:{"name","user","addresses"}}`; a directory
// without `controllers` is of version 2.
extension CgroupRecord: SpecObject {
    package static var blank: Self { Self() }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("rootless", &rootless)
        properties.required("directories", &directories)
        properties.optional("unit", &unit)
    }
}

extension CgroupRecord.Unit: SpecObject {
    package static var blank: Self { Self(name: "", user: false, addresses: []) }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("name", &name)
        properties.required("user", &user)
        properties.required("addresses", &addresses)
    }
}

extension CgroupDirectory: SpecObject {
    package static var blank: Self { Self(unified: true, controllers: [], path: "", mountPoint: "") }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("path", &path)
        properties.required("mountPoint", &mountPoint)
        var legacy: [String]? = unified ? nil : controllers
        properties.optional("controllers", &legacy)
        unified = legacy == nil
        controllers = legacy ?? []
    }
}
