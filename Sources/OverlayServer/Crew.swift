import LinuxKernel
import Synchronization

/// The threads that answer requests: one more is started when the last one that waits has been given work, so that
/// nobody waits behind a slow disk, and a command that asks one thing after the other costs two threads.
final class Crew: Sendable {
    private let limit: Int
    private let work: @Sendable (Crew) -> Void
    /// How many wait for a request.
    private let idle = Atomic<Int>(0)
    private let count = Atomic<Int>(1)
    private let threads = Mutex<[pthread_t]>([])

    /// `limit` counts the calling thread; `work` runs on each further one.
    init(limit: Int, work: @escaping @Sendable (Crew) -> Void) {
        self.limit = max(1, limit)
        self.work = work
    }

    /// The calling thread waits for requests.
    func join() { idle.add(1, ordering: .relaxed) }

    /// The calling thread has work.
    func leave() {
        if idle.subtract(1, ordering: .relaxed).newValue == 0 && count.load(ordering: .relaxed) < limit { grow() }
    }

    /// Starts one more thread, which joins; with none to be had the others do.
    func grow() {
        guard count.add(1, ordering: .relaxed).newValue <= limit else {
            count.subtract(1, ordering: .relaxed)
            return
        }
        join()
        var thread = pthread_t()
        let crew = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let crew = Unmanaged<Crew>.fromOpaque(argument).takeRetainedValue()
                crew.work(crew)
                return nil
            }, crew.toOpaque())
        guard result == 0 else {
            crew.release()
            idle.subtract(1, ordering: .relaxed)
            count.subtract(1, ordering: .relaxed)
            return
        }
        threads.withLock { $0.append(thread) }
    }

    /// Waits for the end of all threads.
    func finish() {
        while let thread = threads.withLock({ $0.popLast() }) { pthread_join(thread, nil) }
    }
}
