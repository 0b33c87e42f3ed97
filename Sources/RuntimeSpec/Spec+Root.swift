extension Spec {
    /// The root filesystem (`config.md`, Root).
    package struct Root: SpecObject {
        /// On the host; relative to the bundle when it does not start with `/`.
        package var path: String
        /// Whether the container sees its root read-only.
        package var readonly: Bool?
        package var unknown: [JSON.Member] = []

        package init(path: String, readonly: Bool? = nil) {
            self.path = path
            self.readonly = readonly
        }

        package static var blank: Self { Self(path: "") }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("path", &path)
            properties.optional("readonly", &readonly)
        }
    }

    /// A mount beside the root filesystem (`config.md`, Mounts).
    package struct Mount: SpecObject {
        /// Inside the container; a relative one is deprecated and counts from `/`.
        package var destination: String
        /// The file system, as in `/proc/filesystems`; engines write `bind` or `none` for bind mounts.
        package var type: String?
        /// A device, a name, or for a bind mount a path on the host, relative to the bundle or absolute.
        package var source: String?
        /// In the style of fstab(5).
        package var options: [String]?
        /// For an id-mapped mount; `hostID` is an id in the file system, `containerID` what it is shown as.
        package var uidMappings: [Linux.IDMapping]?
        /// As `uidMappings`, for groups.
        package var gidMappings: [Linux.IDMapping]?
        package var unknown: [JSON.Member] = []

        package init(
            destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil,
            uidMappings: [Linux.IDMapping]? = nil, gidMappings: [Linux.IDMapping]? = nil
        ) {
            self.destination = destination
            self.type = type
            self.source = source
            self.options = options
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
        }

        package static var blank: Self { Self(destination: "") }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("destination", &destination)
            properties.text("type", &type)
            properties.text("source", &source)
            properties.optional("options", &options)
            properties.optional("uidMappings", &uidMappings)
            properties.optional("gidMappings", &gidMappings)
        }
    }
}
