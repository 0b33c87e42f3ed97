import Foundation
import LinuxKernel
import Synchronization

/// Exchanges two paths in the background as fast as the kernel can (renameat2(2), RENAME_EXCHANGE), so that
/// whoever checks one and uses it later finds the other.
final class Race: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let rounds = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)

    init(exchanging first: String, with second: String) {
        let race = self
        Thread.detachNewThread {
            while !race.isOver.load(ordering: .relaxed) {
                if renameat2(AT_FDCWD, first, AT_FDCWD, second, UInt32(RENAME_EXCHANGE)) == 0 {
                    race.rounds.add(1, ordering: .relaxed)
                }
                usleep(20)
            }
            race.isStopped.store(true, ordering: .releasing)
        }
    }

    /// Ends it and returns how often the paths were exchanged.
    @discardableResult func stop() -> Int {
        isOver.store(true, ordering: .relaxed)
        _ = eventually { isStopped.load(ordering: .acquiring) }
        return rounds.load(ordering: .relaxed)
    }
}
