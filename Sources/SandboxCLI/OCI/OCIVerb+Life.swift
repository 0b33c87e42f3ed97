import ContainerRuntime
import Diagnostics
import LinuxKernel
import RuntimeSpec

extension OCIVerb {
    static let start = OCIVerb(
        name: "start", usage: "<container-id>", summary: "execute the command of a created container", flags: []
    ) { (context, flags) throws(SandboxError) in
        try context.engine.start(onlyArgument(flags, "start"))
        return 0
    }

    static let state = OCIVerb(
        name: "state", usage: "<container-id>", summary: "print the state of a container", flags: []
    ) { (context, flags) throws(SandboxError) in
        let record = try context.engine.record(onlyArgument(flags, "state"))
        let document = record.stateDocument(isPaused: try context.engine.isPaused(record))
        printOut(String(decoding: document.encodedPretty(), as: UTF8.self))
        return 0
    }

    static let list = OCIVerb(
        name: "list", usage: "", summary: "list the containers",
        flags: [
            .value("format", "f", placeholder: "table|json", help: "table by default"),
            .word("quiet", "q", help: "print the ids alone"),
        ]
    ) { (context, flags) throws(SandboxError) in
        let root = context.engine.store.root
        if context.hasOwnRoot && !fileExists(root) {
            throw SandboxError(.notFound, "--root: \(root): no such file or directory", errno: ENOENT)
        }
        let records = try context.engine.records()
        if flags.has("quiet") {
            printOut(records.map { $0.id + "\n" }.joined())
            return 0
        }
        switch flags.value("format") ?? "table" {
        case "table": printOut(try table(records, context))
        case "json":
            // What the reference runtime prints for an empty list.
            let list = try records.isEmpty ? JSON.null : JSON.array(stateDocuments(records, context))
            printOut(String(decoding: list.encoded(), as: UTF8.self) + "\n")
        case let format: throw SandboxError(.invalidInput, "--format: \"\(format)\" is neither table nor json")
        }
        return 0
    }

    private static func stateDocuments(
        _ records: [ContainerRecord], _ context: OCIContext
    ) throws(SandboxError) -> [JSON] {
        var documents: [JSON] = []
        for record in records {
            documents.append(record.stateDocument(isPaused: try context.engine.isPaused(record)))
        }
        return documents
    }

    private static func table(_ records: [ContainerRecord], _ context: OCIContext) throws(SandboxError) -> String {
        var rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
        for record in records {
            let state = record.state
            rows.append([
                record.id, "\(state.pid ?? 0)", try context.engine.isPaused(record) ? "paused" : state.status.rawValue,
                record.bundle, record.created,
                userName(record.owner),
            ])
        }
        let widths = (0..<6).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { index, cell in
                cell + (index == 5 ? "" : String(repeating: " ", count: widths[index] - cell.count))
            }
            return cells.joined(separator: "   ") + "\n"
        }.joined()
    }

    static let spec = OCIVerb(
        name: "spec", usage: "", summary: "write a config.json to start from",
        flags: [
            .value("bundle", "b", placeholder: "DIR", help: "the folder to write to; the working directory by default"),
            .word("rootless", help: "for a container without root's rights"),
        ]
    ) { (context, flags) throws(SandboxError) in
        let path = (flags.value("bundle") ?? ".") + "/config.json"
        let spec = defaultSpec(
            rootless: flags.has("rootless") ? (uid: geteuid(), gid: getegid()) : nil,
            cgroupNamespace: try context.engine.hasUnifiedCgroups())
        do throws(Errno) {
            let file = try openPath(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o666)
            try writeAll(file.raw, spec.encoded(pretty: true))
        } catch {
            let remedy = error == .fileExists ? "move it away first" : nil
            throw SandboxError(error, "write \(path)", remedy: remedy)
        }
        return 0
    }
}

extension ContainerRecord {
    /// The state as `state` and `list` print it: the specification's, with root filesystem, time and owner.
    func stateDocument(isPaused: Bool) -> JSON {
        guard case .object(var members) = state.json else { return state.json }
        // The order of the reference runtime, which scripts match.
        if let pid = members.firstIndex(where: { $0.key == "pid" }), members.indices.contains(2) {
            members.insert(members.remove(at: pid), at: 2)
        }
        if isPaused, let index = members.firstIndex(where: { $0.key == "status" }) {
            // Not a state of the specification; engines know it from the reference runtime.
            members[index].value = .string("paused")
        }
        members.append(JSON.Member("rootfs", .string(rootfs)))
        members.append(JSON.Member("created", .string(created)))
        members.append(JSON.Member("owner", .string(userName(owner))))
        return .object(members)
    }
}

/// The name of a user of the host, from `/etc/passwd`; the number when there is none.
func userName(_ uid: UInt32) -> String {
    let text: String
    // Without the file there are only numbers.
    do { text = try readText("/etc/passwd") } catch { return "\(uid)" }
    for line in text.split(separator: "\n") {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        if fields.count > 2, UInt32(fields[2]) == uid { return String(fields[0]) }
    }
    return "\(uid)"
}
