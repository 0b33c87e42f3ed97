import Testing

@testable import ContainerRuntime

@Suite("processes of a sandbox") struct ProcessTreeTests {
    /// A line of `/proc/PID/stat`; the name has what a careless reader would trip over.
    private func process(parent: Int, ticks: Int, threads: Int, pages: Int) throws -> ProcessTree.Process {
        let numbers = "\(parent) 1 1 0 -1 4194304 1 2 3 4 \(ticks) 0 0 0 20 0 \(threads) 0 99 1000 \(pages) 5"
        return try #require(.init(stat: "7 (a) b (c)) S \(numbers)"))
    }

    @Test("all below process 1 count, and its own waited-for children's time")
    func below() throws {
        let tree = ProcessTree([
            10: try process(parent: 1, ticks: 100, threads: 1, pages: 50),
            11: try process(parent: 10, ticks: 20, threads: 3, pages: 7),
            12: try process(parent: 11, ticks: 3, threads: 1, pages: 2),
            13: try process(parent: 1, ticks: 4000, threads: 9, pages: 900),
        ])
        let figures = tree.figures(below: 10, ticksPerSecond: 100, pageSize: 4096)
        #expect(figures.cpuNanoseconds == 1_230_000_000)
        #expect(figures.tasks == 4)
        #expect(figures.memoryBytes == 9 * 4096)
    }

    @Test("what is no line of a process is none", arguments: ["", "7 (a", "7 (a) S x", "7 (a) S 1 2 3"])
    func malformed(line: String) {
        #expect(ProcessTree.Process(stat: line) == nil)
    }
}
