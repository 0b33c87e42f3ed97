import Foundation
import Testing

extension Kernel {
    /// Random operations beside a tree in memory. `OVERLAY_WALK_STEPS` makes the walks longer.
    @Suite("overlay: random walks", .needsUserNamespaces, .needsFuse) struct OverlayWalkTests {
        private static let seed = Int.random(in: 1...1_000_000_000)

        @Test("agrees with a tree in memory over remounts, hard links included", arguments: Caller.all, [1, seed])
        func links(_ caller: Caller, _ seed: Int) throws {
            let outcome = try OverlayStage(caller).walk(seed: seed, steps: 1000, rounds: 3, mode: "links")
            #expect(outcome.isSuccess, "\(outcome)")
        }

        @Test("agrees when uppers become lower layers", arguments: Caller.all, [1, seed])
        func rotation(_ caller: Caller, _ seed: Int) throws {
            let outcome = try OverlayStage(caller).walk(seed: seed, steps: 500, rounds: 6, mode: "rotate")
            #expect(outcome.isSuccess, "\(outcome)")
        }

        @Test(
            "takes turns with the kernel's overlay on the same layers", .needsUserOverlay, arguments: Caller.all,
            [1, 895_191_097, seed])
        func turns(_ caller: Caller, _ seed: Int) throws {
            let outcome = try OverlayStage(caller).walk(
                seed: seed, steps: 500, rounds: 6, mode: "kernel", options: "redirect_dir=off")
            #expect(outcome.isSuccess, "\(outcome)")
        }

        @Test("agrees without the kernel's write cache", arguments: Caller.all)
        func writeThrough(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).walk(
                seed: Self.seed, steps: 500, rounds: 2, mode: "links", options: "writeback=0")
            #expect(outcome.isSuccess, "\(outcome)")
        }

        @Test("agrees when the kernel opens files unasked", arguments: Caller.all)
        func unasked(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).walk(
                seed: Self.seed, steps: 1000, rounds: 3, mode: "links", options: "lazy_open")
            #expect(outcome.isSuccess, "\(outcome)")
        }
    }
}
