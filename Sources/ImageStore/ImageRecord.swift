import RuntimeSpec

/// Somebody of an image's own passwd(5).
package struct ImageAccount: Equatable, Sendable {
    package var name = ""
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    package var groups: [UInt32] = []
    package var home = ""
    package var shell = ""

    package init() {}
}

extension ImageAccount: SpecObject {
    package static var blank: ImageAccount { ImageAccount() }
    package var unknown: [JSON.Member] {
        get { [] }
        set {}
    }

    package mutating func visit(_ properties: inout Properties) {
        properties.defaulted("name", &name)
        properties.required("uid", &uid)
        properties.required("gid", &gid)
        properties.defaulted("groups", &groups)
        properties.defaulted("home", &home)
        properties.defaulted("shell", &shell)
    }
}

/// What the store knows of an image; all that a run of it needs.
package struct ImageRecord: Equatable, Sendable {
    /// The sum of its configuration.
    package var id = ""
    /// Sums of the uncompressed layers, lowest first.
    package var layers: [String] = []
    package var architecture = ""
    /// Bytes of all layers' files.
    package var sizeBytes: Int64 = 0
    /// Seconds since 1970.
    package var imported: Int64 = 0
    package var environment: [String] = []
    package var entrypoint: [String] = []
    package var command: [String] = []
    package var workingDirectory = ""
    /// As the configuration names it.
    package var userText = ""
    /// Nil when the image knows no such user.
    package var user: ImageAccount?
    package var root = ImageAccount()

    package init() {}
}

extension ImageRecord: SpecObject {
    package static var blank: ImageRecord { ImageRecord() }
    package var unknown: [JSON.Member] {
        get { [] }
        set {}
    }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("id", &id)
        properties.required("layers", &layers)
        properties.defaulted("architecture", &architecture)
        properties.defaulted("sizeBytes", &sizeBytes)
        properties.defaulted("imported", &imported)
        properties.defaulted("environment", &environment)
        properties.defaulted("entrypoint", &entrypoint)
        properties.defaulted("command", &command)
        properties.defaulted("workingDirectory", &workingDirectory)
        properties.defaulted("userText", &userText)
        properties.optional("user", &user)
        properties.defaulted("root", &root)
    }
}
