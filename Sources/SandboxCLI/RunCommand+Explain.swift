import ContainerPlan
import Launcher
import RuntimeSpec

/// A decided launch as text and as JSON, for `sandbox run --explain`.
struct Explanatory {
    let launch: Launch
    let host: LaunchHost

    init(_ launch: Launch, _ host: LaunchHost) {
        self.launch = launch
        self.host = host
    }

    var text: String {
        var lines = summary.map { "\(pad($0.0, 12)) \($0.1)" }
        let width = min(launch.layout.map { printable($0.path).count }.max() ?? 0, 48)
        lines += ["", "paths"]
        lines += launch.layout.map { entry in
            "  \(pad(printable(entry.path), width))  \(pad(entry.choice.rawValue, 22))  \(entry.why)"
        }
        lines += ["", "walls"]
        lines += launch.walls.map { wall in
            "  \(pad(wall.stands ? "stands" : "MISSING", 7))  \(pad(wall.name, 14))  \(printable(wall.detail))"
                + (wall.remedy.map { " (mend: \(printable($0)))" } ?? "")
        }
        if !launch.notes.isEmpty { lines += ["", "notes"] + launch.notes.map { "  \(printable($0))" } }
        return lines.joined(separator: "\n") + "\n"
    }

    private var summary: [(String, String)] {
        let process = launch.spec.process ?? Spec.Process()
        return [
            ("command", (process.args ?? []).map { printable(quoted($0)) }.joined(separator: " ")),
            ("starts in", printable(process.cwd)),
            ("identity", identity(process)),
            ("ids inside", ids),
            ("host name", launch.spec.hostname ?? ""),
            ("environment", variableNames(process).map { printable($0) }.joined(separator: " ")),
            ("limits", limits(process)),
            ("resources", launch.spec.linux?.resources.map { ResourcesText($0).text } ?? "not limited"),
            ("namespaces", namespaces),
            ("terminal", process.terminal == true ? "a new pseudoterminal" : "none"),
        ]
    }

    /// `dev (uid 1000, group dev 1000), home /home/dev`.
    private func identity(_ process: Spec.Process) -> String {
        let values = environment(process)
        let group = process.user.gid == host.identity.gid ? host.identity.groupName.map { $0 + " " } ?? "" : ""
        return printable(
            "\(values["USER"] ?? "?") (uid \(process.user.uid), group \(group)\(process.user.gid)), "
                + "home \(values["HOME"] ?? "?")")
    }

    private var ids: String {
        let maps = launch.spec.linux?.uidMappings ?? []
        let ranges = maps.map { map in
            map.size == 1
                ? "\(map.containerID) is \(map.hostID)"
                : "\(map.containerID)–\(map.containerID + map.size - 1) are \(map.hostID)–\(map.hostID + map.size - 1)"
        }
        let writer =
            switch launch.mapWriter {
            case .direct: "written directly"
            case .helpers: "written by newuidmap and newgidmap"
            }
        return ranges.joined(separator: ", ") + "; " + writer
    }

    private func limits(_ process: Spec.Process) -> String {
        let all = (process.rlimits ?? []).map { limit in
            "\(limit.kind.shortName)=\(number(limit.soft)):\(number(limit.hard))"
        }
        return all.isEmpty ? "the caller's" : all.joined(separator: " ")
    }

    private func number(_ value: UInt64) -> String { value == .max ? "unlimited" : String(value) }

    private var namespaces: String {
        (launch.spec.linux?.namespaces ?? []).map(\.kind.rawValue).joined(separator: " ")
    }

    private func variableNames(_ process: Spec.Process) -> [String] { environment(process).keys.sorted() }

    private func environment(_ process: Spec.Process) -> [String: String] {
        var values: [String: String] = [:]
        for entry in process.env ?? [] {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        return values
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// As a shell would want it, when it is not plain.
    private func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            byte > 0x2A && byte < 0x7F && !";<>?[\\]^`{|}".utf8.contains(byte) || byte == 0x25
        }
        return isPlain && !word.isEmpty
            ? word
            : "'"
                + word.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''") + "'"
    }
}

extension Explanatory {
    /// One object; `spec` is the OCI spec that would be run.
    var json: String {
        let object = JSON.object([
            JSON.Member("root", root),
            JSON.Member("mapWriter", .string(launch.mapWriter == .direct ? "direct" : "helpers")),
            JSON.Member(
                "layout",
                .array(
                    launch.layout.map { entry in
                        .object([
                            JSON.Member("path", .string(entry.path)),
                            JSON.Member("choice", .string(entry.choice.rawValue)),
                            JSON.Member("why", .string(entry.why)),
                        ])
                    })),
            JSON.Member("walls", .array(launch.walls.map(json))),
            JSON.Member("notes", launch.notes.json),
            JSON.Member("spec", launch.spec.json),
        ])
        return String(decoding: object.encodedPretty(), as: UTF8.self)
    }

    private func json(_ wall: Wall) -> JSON {
        .object(
            [
                JSON.Member("name", .string(wall.name)), JSON.Member("stands", .bool(wall.stands)),
                JSON.Member("detail", .string(wall.detail)),
            ] + (wall.remedy.map { [JSON.Member("mend", .string($0))] } ?? []))
    }

    private var root: JSON {
        guard case .overlay(let overlay) = launch.root else {
            return .object([JSON.Member("kind", .string("directory"))])
        }
        var members = [
            JSON.Member("kind", .string("overlay")), JSON.Member("driver", .string(overlay.driver.rawValue)),
            JSON.Member("lower", overlay.lower.json),
        ]
        switch overlay.upper {
        case .memory: members.append(JSON.Member("upper", .string("memory")))
        case .directory(let upper, let work):
            members += [JSON.Member("upper", .string(upper)), JSON.Member("work", .string(work))]
        }
        return .object(members)
    }
}
