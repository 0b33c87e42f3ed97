import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The open folders of a dump or a restore.
struct CheckpointFolders: ~Copyable {
    private let options: CheckpointOptions
    private let images: CInt

    /// - Parameter making: makes them where they are missing, the images' with everything above it.
    init(_ options: CheckpointOptions, making: Bool) throws(SandboxError) {
        if making { try Self.make(options.imagePath, withParents: true) }
        let folder = try Self.open(options.imagePath)
        try Self.checkParent(options, folder.raw)
        if let path = options.workPath { try Self.make(path, withParents: false) }
        images = folder.release()
        self.options = options
    }

    deinit { close(images) }

    func log(_ name: String) -> String { "\(options.workPath ?? options.imagePath)/\(name)" }

    private static func open(_ path: String) throws(SandboxError) -> Descriptor {
        try attempt("open \(path)") { () throws(Errno) in try openPath(path, O_RDONLY | O_DIRECTORY) }
    }

    private static func make(_ path: String, withParents: Bool) throws(SandboxError) {
        var made = ""
        let parts = withParents ? path.split(separator: "/").map(String.init) : [String(path.drop { $0 == "/" })]
        for part in parts {
            made += "/" + part
            do { try makeDirectory(made, mode: 0o700) } catch {
                if error != .fileExists { throw SandboxError(error, "make \(made)") }
            }
        }
    }

    private static func checkParent(_ options: CheckpointOptions, _ images: CInt) throws(SandboxError) {
        guard let parent = options.parentPath else { return }
        guard !parent.hasPrefix("/") else {
            throw SandboxError(.invalidInput, "--parent-path must be relative, to the images' folder: \(parent)")
        }
        do throws(Errno) {
            guard try fileStatus(at: images, parent).isDirectory else { throw .notDirectory }
        } catch {
            throw SandboxError(error, "invalid --parent-path: \(options.imagePath)/\(parent)", kind: .invalidInput)
        }
    }

    private var descriptorFile: String { "descriptors.json" }

    /// Writes what the container's descriptors 0 to 2 were, for the restore to put others in their place.
    func write(_ descriptors: [String]) throws(SandboxError) {
        try attempt("write \(options.imagePath)/\(descriptorFile)") { () throws(Errno) in
            let file = try openPath(at: images, descriptorFile, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            try writeAll(file.raw, JSON.array(descriptors.map { .string($0) }).encoded())
        }
    }

    /// What `write` has written.
    func descriptors() throws(SandboxError) -> [String] {
        let path = "\(options.imagePath)/\(descriptorFile)"
        let bytes = try attempt("read \(path)") { () throws(Errno) in
            try readFile(at: images, descriptorFile, limit: 1 << 20)
        }
        let document = try within(path) { () throws(SandboxError) in try JSON(parsing: bytes) }
        guard case .array(let items) = document else {
            throw SandboxError(.invalidInput, "\(path): is no list of names")
        }
        return items.map { if case .string(let name) = $0 { name } else { "" } }
    }
}
