import ContainerRuntime
import RuntimeSpec
import Testing

import SandboxCLI

@Suite("sandbox stats") struct StatsTableTests {
    private func figures(cpu: UInt64, limit: UInt64? = nil) -> SandboxFigures {
        var figures = SandboxFigures()
        figures.cpuNanoseconds = cpu
        figures.memoryBytes = 3 << 20
        figures.memoryLimitBytes = limit
        figures.tasks = 4
        return figures
    }

    @Test("the share of processors is what was used since the last look")
    func share() {
        let first = StatsTable(rows: [.init(name: "web", figures: figures(cpu: 1_000_000_000))])
        let second = first.next(
            [("web", figures(cpu: 1_750_000_000)), ("new", figures(cpu: 5))], after: .milliseconds(500))
        #expect(second.rows.map(\.cpuThousandths) == [1500, nil])
        // A sandbox of the same name that began anew has used less than the one before.
        #expect(second.next([("web", figures(cpu: 7))], after: .seconds(1)).rows[0].cpuThousandths == 0)
    }

    @Test("columns stand below each other, and what is not limited is a dash")
    func text() {
        let table = StatsTable(rows: [
            .init(name: "web", figures: figures(cpu: 0, limit: 64 << 20), cpuThousandths: 1005),
            .init(name: "a-long-name", figures: figures(cpu: 0)),
        ])
        #expect(
            table.text == """
                NAME             CPU   MEMORY    LIMIT   PIDS   READ   WRITTEN
                web           100.5%    3 MiB   64 MiB      4      -         -
                a-long-name        -    3 MiB        -      4      -         -

                """)
    }

    @Test("JSON has numbers, and leaves out what is not known")
    func json() {
        let table = StatsTable(rows: [.init(name: "web", figures: figures(cpu: 9, limit: 5), cpuThousandths: 2)])
        let text = String(decoding: table.json.encoded(), as: UTF8.self)
        #expect(
            text
                == #"[{"name":"web","cpuNanoseconds":9,"cpuThousandths":2,"memoryBytes":3145728,"memoryLimitBytes":5,"pids":4}]"#
        )
    }

    @Test("sizes are short")
    func sizes() {
        let sizes: [UInt64] = [0, 1023, 1024, 1536, 64 << 20, 5 << 30, 7 << 39]
        let texts = ["0 bytes", "1023 bytes", "1 KiB", "1.5 KiB", "64 MiB", "5 GiB", "3.5 TiB"]
        for (size, text) in zip(sizes, texts) { #expect(sizeText(size) == text) }
    }
}
