import Diagnostics
import RuntimeSpec

/// An image to run: where its layers are, and what it says about its command.
package struct LaunchImage: Equatable, Sendable {
    /// As the caller named it.
    package var name: String
    /// Absolute paths of the layers' trees, topmost first.
    package var layers: [String]
    /// Who runs the command; nil when the image does not know the user it names.
    package var user: User?
    package var root = User(name: "root", uid: 0, gid: 0, home: "/root")
    package var environment: [String] = []
    package var entrypoint: [String] = []
    package var command: [String] = []
    package var workingDirectory = ""
    /// The user as the image's configuration names it.
    package var userText = ""
    /// Nil when it is this machine's.
    package var foreignArchitecture: String?

    /// Somebody inside the image.
    package struct User: Equatable, Sendable {
        package var name: String
        package var uid: UInt32
        package var gid: UInt32
        package var groups: [UInt32] = []
        package var home: String
        package var shell = ""

        package init(name: String, uid: UInt32, gid: UInt32, home: String) {
            (self.name, self.uid, self.gid, self.home) = (name, uid, gid, home)
        }
    }

    package init(name: String, layers: [String]) { (self.name, self.layers) = (name, layers) }

    /// The whole command line: the entry point, and the given words instead of the image's own.
    ///
    /// - Parameter entrypoint: `--entrypoint`; empty for none. The image's own words belong to its own entry point.
    package func words(_ given: [String], entrypoint: String?) -> [String] {
        guard let entrypoint else { return self.entrypoint + (given.isEmpty ? command : given) }
        return (entrypoint.isEmpty ? [] : [entrypoint]) + given
    }

    /// The image's variables, the last of a name.
    var variables: NameTable<String> {
        var values: NameTable<String> = [:]
        for entry in environment {
            let parts = entry.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            if let name = parts.first, !name.isEmpty { values[name] = parts.count == 2 ? parts[1] : "" }
        }
        return values
    }
}

extension LaunchSpec {
    /// Whether the root is the host's own tree.
    var showsHost: Bool { rootfs == nil && image == nil }
    /// Who the image's command runs as.
    var imageUser: LaunchImage.User? { asRoot ? image?.root : image?.user }
}

extension LaunchMaker {
    /// Uid 0 inside with root's capabilities: asked for, or the image's own user.
    var isRootInside: Bool { launch.asRoot || launch.imageUser?.uid == 0 }

    /// Refuses an image that cannot be run as asked.
    func checkImage() throws(SandboxError) {
        guard let image = launch.image else { return }
        if launch.rootfs != nil {
            throw SandboxError(.invalidInput, "--rootfs and --image exclude each other")
        }
        if !hasOverlay {
            throw SandboxError(
                .unsupported, "--image: needs the overlay, and /dev/fuse cannot be opened",
                remedy: "sandbox doctor says how to get it")
        }
        if !profile.namespaces.contains(.user) {
            throw SandboxError(
                .invalidInput, "--image: profile \"\(profile.name)\" makes no user namespace, which an image needs")
        }
        guard let user = launch.imageUser else {
            throw SandboxError(
                .notFound, "--image \"\(image.name)\": its user \"\(image.userText)\" is not in its /etc/passwd",
                remedy: "--as-root runs the command as root inside")
        }
        if !maps.hasUser(user.uid) || !maps.hasGroup(user.gid) {
            let reason = maps.shortage.map { ": \($0.description)" } ?? ""
            throw SandboxError(
                .unsupported, "--image \"\(image.name)\": its user \(user.uid):\(user.gid) is not mapped\(reason)",
                remedy: maps.shortage?.remedy(on: host.distribution, firstFree: host.firstFreeID)
                    ?? "--as-root runs the command as root inside")
        }
    }

    /// What a caller would not expect of an image.
    var imageNotes: [String] {
        guard let image = launch.image else { return [] }
        var notes: [String] = []
        if let architecture = image.foreignArchitecture {
            notes.append("image \(image.name) is made for \(architecture)")
        }
        if let user = launch.imageUser, user.uid != 0, project != nil {
            notes.append(
                "the image's user \(user.name) cannot write to the project, which belongs to root inside: "
                    + "--as-root can, --no-project leaves it out")
        }
        return notes
    }
}
