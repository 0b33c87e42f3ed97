import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension OCIVerb {
    static let features = OCIVerb(
        name: "features", usage: "", summary: "print what the runtime can do, as JSON", flags: []
    ) { (_, flags) throws(SandboxError) in
        try noArguments(flags, "features")
        printOut(String(decoding: runtimeFeatures().json.encodedPretty(), as: UTF8.self))
        return 0
    }

    static let info = OCIVerb(
        name: "info", usage: "", summary: "print what the runtime and the host are", flags: []
    ) { (context, flags) throws(SandboxError) in
        try noArguments(flags, "info")
        printOut(try context.engine.hostDescription(version: sandboxVersion))
        return 0
    }

    static func noArguments(_ flags: ParsedFlags, _ verb: String) throws(SandboxError) {
        guard let first = flags.rest.first else { return }
        throw SandboxError(
            .invalidInput, "\(verb): takes no argument, and \"\(first)\" is given", remedy: "see: \(verb) --help")
    }
}
