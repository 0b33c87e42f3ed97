import Confinement
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Who reads an exported profile.
enum ProfileReader: String, CaseIterable {
    case oci, docker, kubernetes
}

extension ProfileVerb {
    /// Writes the filter as JSON, and says how its reader is told to use it, with the rest of the profile.
    mutating func run(_ command: ProfileCommand.Export) throws(SandboxError) -> Int32 {
        guard let reader = ProfileReader(rawValue: command.reader) else {
            let known = ProfileReader.allCases.map(\.rawValue).joined(separator: ", ")
            throw SandboxError(.invalidInput, "--for \"\(command.reader)\": unknown reader", remedy: "one of \(known)")
        }
        let entry = try store.load(command.name)
        let json = try exported(entry.profile)
        if let file = command.output {
            try attempt("write \(file)") { () throws(Errno) in
                let new = try openPath(file, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
                try writeAll(new.raw, json.encodedPretty())
            }
        } else {
            print(json)
        }
        let usage = try usage(reader, entry, file: command.output)
        if command.output == nil { output.error(usage) } else { output.out(usage) }
        return 0
    }

    private func usage(
        _ reader: ProfileReader, _ entry: ProfileStore.Entry, file: String?
    ) throws(SandboxError) -> String {
        let name = file.map { String($0.split(separator: "/").last ?? "") } ?? "FILE.json"
        let sets = try entry.profile.capabilities?.plan(at: "capabilities")
        let capabilities =
            (sets?.bounding ?? []) == .all ? ["ALL"] : (sets?.bounding ?? []).names.map { String($0.dropFirst(4)) }
        switch reader {
        case .oci: return ""
        case .docker:
            let privileges = entry.profile.noNewPrivileges ?? true ? " --security-opt no-new-privileges" : ""
            let adds = capabilities.map { " --cap-add \($0)" }.joined()
            return "--security-opt seccomp=\(file ?? "FILE")\(privileges) --cap-drop ALL\(adds)\n"
        case .kubernetes:
            var lines = [
                "# \(name) belongs into /var/lib/kubelet/seccomp/profiles of each node", "securityContext:",
                "  allowPrivilegeEscalation: \(entry.profile.noNewPrivileges ?? true ? "false" : "true")",
                "  seccompProfile:", "    type: Localhost", "    localhostProfile: profiles/\(name)", "  capabilities:",
                "    drop: [\"ALL\"]",
            ]
            if !capabilities.isEmpty {
                lines.append("    add: [\(capabilities.map { "\"\($0)\"" }.joined(separator: ", "))]")
            }
            return lines.joined(separator: "\n") + "\n"
        }
    }
}
