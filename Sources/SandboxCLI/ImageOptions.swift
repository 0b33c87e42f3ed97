import Diagnostics
import ImageStore
import Launcher

/// The options of `sandbox run` that are about an image.
package struct ImageOptions: Equatable, Sendable {
    package var image: String?
    package var entrypoint: String?

    package init() {}

    package mutating func visit(_ options: inout OptionVisitor) {
        options.value(
            "--image", &image, "name",
            "Run in an image (sandbox image list) instead of the host's tree: with its variables, user, folder and "
                + "command. Words that follow replace its command, not its entry point.")
        options.value(
            "--entrypoint", &entrypoint, "program",
            "With --image: start this instead of the image's entry point; empty starts the command itself.")
    }

    /// Puts the image into a request.
    ///
    /// - Parameter find: looks the image up, and holds it for the time of the run.
    func apply(
        to request: inout LaunchSpec, find: (String) throws(SandboxError) -> LaunchImage
    ) throws(SandboxError) {
        guard let name = image else {
            if entrypoint != nil { throw SandboxError(.invalidInput, "--entrypoint belongs to --image") }
            return
        }
        let image = try find(name)
        request.image = image
        request.command = image.words(request.command, entrypoint: entrypoint)
        if request.command.isEmpty {
            throw SandboxError(
                .invalidInput, "image \"\(name)\" has no command of its own",
                remedy: "sandbox run --image \(name) -- sh")
        }
    }
}

/// Looks an image of the caller's up, and holds it until this process ends.
func launchImage(_ name: String) throws(SandboxError) -> LaunchImage {
    let store = try CallersImages().store
    let id = try store.find(name)
    // Never closed: the lock says that the image is in use.
    _ = try store.hold(id).release()
    let record = try store.record(id)
    try store.checkMapsForUse()
    var seen: Set<String> = []
    // A layer that occurs twice shows nothing more where it lies lower.
    let layers = record.layers.reversed().filter { seen.insert($0).inserted }
    var image = LaunchImage(name: name, layers: layers.map { store.tree(of: $0) })
    image.user = record.user.map(LaunchImage.User.init)
    image.root = LaunchImage.User(record.root)
    image.environment = record.environment
    image.entrypoint = record.entrypoint
    image.command = record.command
    image.workingDirectory = record.workingDirectory
    image.userText = record.userText
    let isForeign = !record.architecture.isEmpty && record.architecture != ImageStore.hostArchitecture
    image.foreignArchitecture = isForeign ? record.architecture : nil
    return image
}

extension LaunchImage.User {
    init(_ account: ImageAccount) {
        self.init(name: account.name, uid: account.uid, gid: account.gid, home: account.home)
        groups = account.groups
        shell = account.shell
    }
}
