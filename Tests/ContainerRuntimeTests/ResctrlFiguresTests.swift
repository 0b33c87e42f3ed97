import Foundation
import RuntimeSpec
import Testing

@testable import ContainerRuntime

/// On a folder with the files of a resctrl file system, since few machines have one.
@Suite("figures of a class of service") struct ResctrlFiguresTests {
    private func withTree(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.path + "/sandbox-test-rdt-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        for (path, text) in files {
            let file = URL(fileURLWithPath: "\(root)/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try body(root)
    }

    private let tree = [
        "schemata": "    MB:0=100;1=100\n    L3:0=fffff;1=fffff\n",
        "info/L3/cbm_mask": "fffff\n", "info/L3/min_cbm_bits": "1\n", "info/L3/num_closids": "16\n",
        "info/MB/bandwidth_gran": "10\n", "info/MB/delay_linear": "1\n", "info/MB/min_bandwidth": "10\n",
        "info/MB/num_closids": "8\n",
        "gold/schemata": "    MB:0=50;1=100\n    L3:0=ff;1=fffff\n",
        "gold/mon_data/mon_L3_00/llc_occupancy": "4096\n", "gold/mon_data/mon_L3_00/mbm_total_bytes": "77\n",
        "gold/mon_data/mon_L3_00/mbm_local_bytes": "7\n",
        "gold/mon_data/mon_L3_01/llc_occupancy": "Unavailable\n",
        "gold/mon_groups/web/mon_data/mon_L3_00/llc_occupancy": "12\n",
    ]

    @Test("a class is told with its schemata, what the processor has and what was counted")
    func all() throws {
        try withTree(tree) { root in
            let figures = try resctrlFigures(root: root, .init(closID: "gold"), id: "web")
            let expected = #"""
                {"l3_cache_info":{"cbm_mask":"fffff","min_cbm_bits":1,"num_closids":16},"l3_cache_schema_root":"L3:0=fffff;1=fffff","l3_cache_schema":"L3:0=ff;1=fffff","mem_bw_info":{"bandwidth_gran":10,"delay_linear":1,"min_bandwidth":10,"num_closids":8},"mem_bw_schema_root":"MB:0=100;1=100","mem_bw_schema":"MB:0=50;1=100","schemata":["MB:0=50;1=100","L3:0=ff;1=fffff"],"mbm_stats":[{"mbm_total_bytes":77,"mbm_local_bytes":7}],"cmt_stats":[{"llc_occupancy":4096}]}
                """#
            #expect(String(decoding: figures.encoded(), as: UTF8.self) == expected)
        }
    }

    @Test("a container with a monitoring group of its own is told by that, and one without files by nothing")
    func monitored() throws {
        try withTree(tree) { root in
            let own = try resctrlFigures(root: root, .init(closID: "gold", enableMonitoring: true), id: "web")
            #expect(own["cmt_stats"] == .array([.object([.init("llc_occupancy", .integer(12))])]))
            #expect(own["mbm_stats"] == nil)
            #expect(try resctrlFigures(root: root + "/none", .init(), id: "web") == .object([]))
        }
    }
}
