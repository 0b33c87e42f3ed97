import Foundation
import Testing

extension Kernel {
    @Suite("sandbox stats", .needsUserNamespaces, .needsFuse) struct StatsTests {
        private func statistics(_ scene: Scene, _ words: [String] = []) throws -> [[String: Any]] {
            let outcome = try scene.run([scene.executable.folder + "/sandbox", "stats", "--json"] + words)
            try #require(outcome.isSuccess, "\(outcome)")
            return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [[String: Any]])
        }

        @Test("a busy sandbox is seen at work, by name and among all", arguments: Caller.all)
        func busy(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                let child = try scene.start(
                    "run", "--name", "busy", "--", "sh", "-c", "\(scene.nap) & echo ready; while :; do :; done")
                try child.waitForOutput("ready")
                for words in [[], ["busy"]] {
                    let row = try #require(try statistics(scene, words).first)
                    #expect(row["name"] as? String == "busy")
                    #expect(row["pids"] as? Int == 2, "\(row)")
                    #expect((row["cpuThousandths"] as? Int ?? 0) > 50, "\(row)")
                    #expect((row["memoryBytes"] as? Int ?? 0) > 100_000, "\(row)")
                }
                let table = try scene.sandbox("stats")
                #expect(table.lines.first?.hasPrefix("NAME") == true && table.lines.count == 2, "\(table)")
                child.send(SIGTERM)
                _ = child.finish()
                let ended = try scene.sandbox("stats", "busy")
                #expect(ended.ending == .exited(125) && ended.errorText.contains("\"busy\""), "\(ended)")
            }
        }

        @Test("a limited sandbox shows its limits", .needsRoot, .needsLimits)
        func limited() throws {
            let scene = try Scene(.current)
            try leavesNothing(scene) {
                let child = try scene.start(
                    "run", "--name", "small", "--memory", "64m", "--pids", "20", "--", "sh", "-c",
                    "echo ready; exec \(scene.nap)")
                try child.waitForOutput("ready")
                let row = try #require(try statistics(scene, ["small"]).first)
                #expect(row["memoryLimitBytes"] as? Int == 64 << 20, "\(row)")
                #expect(row["pidsLimit"] as? Int == 20 && row["pids"] as? Int == 1, "\(row)")
                child.send(SIGTERM)
                _ = child.finish()
            }
        }
    }
}
