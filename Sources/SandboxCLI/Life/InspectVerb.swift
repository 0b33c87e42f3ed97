import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

struct InspectOptions: CommandOptions {
    /// It prints nothing else.
    var json = true

    static let usage = "sandbox inspect [options] <name> ..."

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--json", &json, "Print JSON, as it does anyway.")
    }
}

struct WaitOptions: CommandOptions {
    var json = false

    static let usage = "sandbox wait [options] <name> ..."

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--json", &json, "Print the exit statuses as JSON, when all have ended.")
    }
}

/// `sandbox inspect`: an array with an object for each name; `spec` is the OCI spec of a running one.
func inspectSandboxes(_ options: InspectOptions, _ names: [String]) throws(SandboxError) -> CInt {
    var documents: [JSON] = []
    _ = try forEach(names) { (entry) throws(SandboxError) in
        var members = entry.summaryMembers
        if let archive = entry.archive { members.append(JSON.Member("journal", .string(archive + "/journal"))) }
        if let folder = entry.folder {
            members.append(JSON.Member("spec", try entry.spec(in: folder).json))
        }
        documents.append(.object(members))
    }
    printOut(String(decoding: JSON.array(documents).encodedPretty(), as: UTF8.self))
    return 0
}

/// `sandbox wait`: one exit status a line, and the last one as its own.
func waitForSandboxes(_ options: WaitOptions, _ names: [String]) throws(SandboxError) -> CInt {
    var last: CInt = 0
    _ = try forEach(names, json: options.json) { (entry) throws(SandboxError) in
        guard let status = try entry.wait() else {
            throw SandboxError(
                .system, "nobody saw the end of sandbox \"\(entry.record.name)\": its supervisor was killed")
        }
        if !options.json { printOut("\(status)\n") }
        last = status
        return JSON.object([
            JSON.Member("name", .string(entry.record.name)), JSON.Member("exitStatus", .integer(status)),
        ])
    }
    return last
}

extension RegistryEntry {
    /// The specification the sandbox runs by.
    func spec(in folder: String) throws(SandboxError) -> Spec {
        let path = folder + "/config.json"
        let bytes = try attempt("read \(path)") { () throws(Errno) in try readFile(path) }
        return try within(path) { () throws(SandboxError) in try Spec(decoding: bytes) }
    }
}
