extension Spec.Linux {
    /// A device node inside the container (mknod(2)).
    package struct Device: SpecObject {
        /// Absolute, inside the container.
        package var path: String
        /// What mknod(1) makes.
        package var kind: Kind
        /// Needed for everything but a FIFO.
        package var major: Int64?
        /// Needed for everything but a FIFO.
        package var minor: Int64?
        /// Permission bits; engines add the file type, which does not count. Without it 0666.
        package var fileMode: UInt32?
        /// Owner, inside the container.
        package var uid: UInt32?
        /// Group, inside the container.
        package var gid: UInt32?
        package var unknown: [JSON.Member] = []

        package init(
            path: String, kind: Kind, major: Int64? = nil, minor: Int64? = nil, fileMode: UInt32? = nil,
            uid: UInt32? = nil, gid: UInt32? = nil
        ) {
            self.path = path
            self.kind = kind
            self.major = major
            self.minor = minor
            self.fileMode = fileMode
            self.uid = uid
            self.gid = gid
        }

        package static var blank: Self { Self(path: "", kind: .character) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("path", &path)
            properties.required("type", &kind)
            properties.optional("major", &major)
            properties.optional("minor", &minor)
            properties.optional("fileMode", &fileMode)
            properties.optional("uid", &uid)
            properties.optional("gid", &gid)
        }
    }
}

extension Spec.Linux.Device {
    /// The letters of mknod(1).
    package enum Kind: String, JSONChoice {
        package static let noun = "device type"
        case block = "b"
        case character = "c"
        case unbuffered = "u"
        case fifo = "p"
    }
}
