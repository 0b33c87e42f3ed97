import Confinement
import Foundation
import RuntimeSpec

/// The table of `docs/profiles.md`: every call of x86-64 in every filtered profile, Docker's default beside `default`.
enum ProfileTable {
    static let start = "<!-- table: generated, see the test \"the table of docs/profiles.md\" -->\n"
    static let end = "<!-- end of table -->\n"
    static let columns = ["default", "dev", "build", "strict", "nested", "gui", "agent"]

    /// What stands in a cell: yes, no, or yes for some arguments.
    private static func cell(_ verdict: CallVerdict) -> String {
        if verdict.cases.isEmpty { return verdict.otherwise.isPermissive ? "yes" : "–" }
        return verdict.isEverAllowed ? "some" : "–"
    }

    static func text() throws -> String {
        let docker = try FilterPolicy(EngineFilters.spec("sid-docker-01")).verdicts()
        var verdicts: [[CallVerdict]] = []
        for name in columns {
            verdicts.append(
                try GeneratedSources.resolved(name).policy(in: FilterSetting(architecture: .x86_64)).verdicts())
        }
        var groups: [(cells: [String], names: [String])] = []
        for row in 0..<SyscallName.count {
            let call = SyscallName(row: row)
            guard call.number(on: .x86_64) != nil else { continue }
            let cells = [cell(docker[row])] + verdicts.map { cell($0[row]) }
            if let index = groups.firstIndex(where: { $0.cells == cells }) {
                groups[index].names.append(call.text)
            } else {
                groups.append((cells, [call.text]))
            }
        }
        var lines = ["| system calls | Docker | \(columns.joined(separator: " | ")) |"]
        lines.append("|---" + String(repeating: "|:-:", count: columns.count + 1) + "|")
        for group in groups.sorted(by: { ($0.names.count, $1.names[0]) > ($1.names.count, $0.names[0]) }) {
            let names = group.names.map { "`\($0)`" }.joined(separator: " ")
            lines.append("| \(names) | \(group.cells.joined(separator: " | ")) |")
        }
        return start + "\n" + lines.joined(separator: "\n") + "\n\n" + end
    }

    /// The document with the table it should have.
    static func document(_ current: String) throws -> String {
        guard let from = current.range(of: start), let to = current.range(of: end) else {
            return current + (try text())
        }
        return try current[..<from.lowerBound] + text() + current[to.upperBound...]
    }
}
