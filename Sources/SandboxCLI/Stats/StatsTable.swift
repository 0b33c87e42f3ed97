import ContainerRuntime
import RuntimeSpec

/// The figures of sandboxes at one moment, and what they used of the processors since the last one.
package struct StatsTable: Equatable, Sendable {
    package struct Row: Equatable, Sendable {
        package var name: String
        package var figures: SandboxFigures
        /// Thousandths of one processor; nil at first sight.
        package var cpuThousandths: UInt64?

        package init(name: String, figures: SandboxFigures, cpuThousandths: UInt64? = nil) {
            self.name = name
            self.figures = figures
            self.cpuThousandths = cpuThousandths
        }
    }

    package var rows: [Row]

    package init(rows: [Row]) { self.rows = rows }

    /// The next moment, `elapsed` later: what was there before gets its share of the processors.
    package func next(_ figures: [(name: String, figures: SandboxFigures)], after elapsed: Duration) -> StatsTable {
        let nanoseconds =
            UInt64(max(0, elapsed.components.seconds)) * 1_000_000_000
            + UInt64(max(0, elapsed.components.attoseconds)) / 1_000_000_000
        return StatsTable(
            rows: figures.map { name, now in
                guard let before = rows.first(where: { $0.name == name })?.figures, nanoseconds > 0 else {
                    return Row(name: name, figures: now)
                }
                let used = now.cpuNanoseconds - min(now.cpuNanoseconds, before.cpuNanoseconds)
                return Row(name: name, figures: now, cpuThousandths: used * 1000 / nanoseconds)
            })
    }

    /// A line for each, under a line of headings.
    package var text: String {
        var lines = [["NAME", "CPU", "MEMORY", "LIMIT", "PIDS", "READ", "WRITTEN"]]
        for row in rows {
            let figures = row.figures
            lines.append([
                printable(row.name), row.cpuThousandths.map { "\($0 / 10).\($0 % 10)%" } ?? "-",
                sizeText(figures.memoryBytes), figures.memoryLimitBytes.map(sizeText) ?? "-",
                "\(figures.tasks)" + (figures.taskLimit.map { "/\($0)" } ?? ""),
                figures.readBytes.map(sizeText) ?? "-", figures.writtenBytes.map(sizeText) ?? "-",
            ])
        }
        let widths = (0..<7).map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = line.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            return cells.joined(separator: "   ") + "\n"
        }.joined()
    }

    package var json: JSON { .array(rows.map(json)) }

    private func json(_ row: Row) -> JSON {
        let figures = row.figures
        var members = [
            JSON.Member("name", .string(row.name)), JSON.Member("cpuNanoseconds", .integer(figures.cpuNanoseconds)),
        ]
        func add(_ name: String, _ value: UInt64?) {
            if let value { members.append(JSON.Member(name, .integer(value))) }
        }
        add("cpuThousandths", row.cpuThousandths)
        add("memoryBytes", figures.memoryBytes)
        add("memoryPeakBytes", figures.memoryPeakBytes)
        add("memoryLimitBytes", figures.memoryLimitBytes)
        add("pids", figures.tasks)
        add("pidsLimit", figures.taskLimit)
        add("readBytes", figures.readBytes)
        add("writtenBytes", figures.writtenBytes)
        return .object(members)
    }
}
