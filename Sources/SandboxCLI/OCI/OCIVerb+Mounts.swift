import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension OCIVerb {
    static let mounts = OCIVerb(
        name: "mounts", usage: "add|remove <container-id> <file>", summary: "change the mounts of a running container",
        flags: [], launches: true
    ) { (context, flags) throws(SandboxError) in
        guard flags.rest.count == 3 else {
            throw SandboxError(
                .invalidInput, "mounts: add or remove, a container's id and a file of mounts are needed",
                remedy: "see: mounts --help")
        }
        let mounts = try read(flags.rest[2])
        switch flags.rest[0] {
        case "add": try context.engine.addMounts(flags.rest[1], mounts)
        case "remove": try context.engine.removeMounts(flags.rest[1], mounts)
        case let word: throw SandboxError(.invalidInput, "mounts: \"\(word)\" is neither add nor remove")
        }
        return 0
    }

    /// `{"mounts": […]}` as in a `config.json`, or the list alone; `-` reads standard input.
    private static func read(_ file: String) throws(SandboxError) -> [Spec.Mount] {
        let bytes = try attempt("read \(file)") { () throws(Errno) in
            try file == "-" ? readAll(0, limit: 1 << 20) : readFile(file, limit: 1 << 20)
        }
        return try within(file) { () throws(SandboxError) in
            let document = try JSON(parsing: bytes)
            let list = if case .array = document { document } else { document["mounts"] ?? .null }
            guard case .array(let items) = list, !items.isEmpty else {
                throw SandboxError(.invalidInput, "mounts: a list of mounts is needed")
            }
            return try Mounts(decoding: JSON.object([JSON.Member("mounts", list)]).encoded()).mounts
        }
    }
}

/// The one property of a `config.json` that `mounts` takes.
private struct Mounts: SpecObject {
    var mounts: [Spec.Mount] = []
    var unknown: [JSON.Member] = []

    static var blank: Self { Self() }

    mutating func visit(_ properties: inout Properties) { properties.required("mounts", &mounts) }
}
