import LinuxKernel
import Synchronization

/// As few workers as keep up with the requests; the others are parked, or not started yet.
///
/// The kernel wakes waiting readers in turn, so with several of them each request meets a thread whose caches are cold
/// and which often lies on another processor: with one reader a request takes two thirds of the time. So one waits in
/// read(2), and another one is called when
/// - requests were there before a worker asked for them, several times in a row: there is more than one can do;
/// - nobody waits and no request was taken for a while: whoever serves is held up by a disk. That is noticed by the
///   lookout, a thread that sleeps while nothing is asked.
final class Crew: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let called = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let lookoutCalled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let size: Int
    /// Workers that wait for a request, or are about to.
    private let waiting = Atomic(0)
    /// How many may.
    private let wanted = Atomic(1)
    private let served = Atomic(0)
    private let lookoutSleeps = Atomic(true)

    // Guarded by `lock`.
    private var threads: [pthread_t] = []
    private var parked = 0
    private var started = 1
    private var calls = 0
    private var isOver = false
    private var work: ((Crew) -> Void)?

    /// `size` counts the calling thread.
    init(size: Int) {
        self.size = max(1, size)
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        for condition in [called, lookoutCalled] { pthread_cond_init(condition, &attributes) }
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        for condition in [called, lookoutCalled] {
            pthread_cond_destroy(condition)
            condition.deallocate()
        }
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    /// What further workers do; without it there are none.
    func setWork(_ work: @escaping (Crew) -> Void) { holdingLock { self.work = work } }

    /// Returns when the caller is to wait for a request; false when there will be none.
    @inline(__always)
    func beginWaiting() -> Bool {
        while true {
            let count = waiting.load(ordering: .sequentiallyConsistent)
            if count >= wanted.load(ordering: .relaxed) {
                if !park() { return false }
            } else if waiting.compareExchange(
                expected: count, desired: count + 1, ordering: .sequentiallyConsistent
            ).exchanged {
                return true
            }
        }
    }

    /// The caller has got a request.
    @inline(__always)
    func endWaiting() {
        waiting.subtract(1, ordering: .sequentiallyConsistent)
        served.add(1, ordering: .sequentiallyConsistent)
        if lookoutSleeps.load(ordering: .sequentiallyConsistent) { wakeLookout() }
    }

    /// One more worker is needed.
    func grow() {
        let count = wanted.load(ordering: .relaxed)
        if count < size { wanted.store(count + 1, ordering: .relaxed) }
        call()
    }

    /// One worker fewer would do.
    func shrink() {
        let count = wanted.load(ordering: .relaxed)
        if count > 1 { wanted.store(count - 1, ordering: .relaxed) }
    }

    /// No more requests will come.
    func end() {
        holdingLock {
            isOver = true
            pthread_cond_broadcast(called)
            pthread_cond_broadcast(lookoutCalled)
            work = nil
        }
    }

    private func park() -> Bool {
        holdingLock {
            parked += 1
            while calls == 0, !isOver { pthread_cond_wait(called, lock) }
            parked -= 1
            calls = max(0, calls - 1)
            return !isOver
        }
    }

    private func call() {
        holdingLock {
            if parked > calls {
                calls += 1
                pthread_cond_signal(called)
            } else if started < size, !isOver, let work {
                started += 1
                if !start({ [self] in work(self) }) { started -= 1 }
            }
        }
    }

    /// Starts what the workers need beside themselves.
    func begin() {
        if size > 1 { holdingLock { _ = start { [self] in lookOut() } } }
    }

    /// Waits for the end of all threads but the calling one.
    func finish() {
        end()
        while let thread = holdingLock({ threads.popLast() }) { pthread_join(thread, nil) }
    }

    /// Without a thread the others do its work. The lock is held.
    private func start(_ body: @escaping () -> Void) -> Bool {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(ThreadBody(body))
        guard pthread_create(&thread, nil, runThread, box.toOpaque()) == 0 else {
            box.release()
            return false
        }
        threads.append(thread)
        return true
    }

    private func wakeLookout() {
        holdingLock {
            lookoutSleeps.store(false, ordering: .sequentiallyConsistent)
            pthread_cond_signal(lookoutCalled)
        }
    }

    /// The lookout's work, until the end.
    func lookOut() {
        var seen = -1
        while waitForTick() {
            let now = served.load(ordering: .sequentiallyConsistent)
            defer { seen = now }
            guard now == seen else { continue }
            if waiting.load(ordering: .sequentiallyConsistent) == 0 {
                call()
            } else {
                lookoutSleeps.store(true, ordering: .sequentiallyConsistent)
                // Who took a request before it could see that, has not woken this thread.
                if served.load(ordering: .sequentiallyConsistent) != now {
                    lookoutSleeps.store(false, ordering: .sequentiallyConsistent)
                }
            }
        }
    }

    /// Waits for some milliseconds, or until there is something to look at; false at the end.
    private func waitForTick() -> Bool {
        holdingLock {
            if lookoutSleeps.load(ordering: .sequentiallyConsistent) {
                while lookoutSleeps.load(ordering: .sequentiallyConsistent), !isOver {
                    pthread_cond_wait(lookoutCalled, lock)
                }
            } else if !isOver {
                var until = timespec()
                clock_gettime(CLOCK_MONOTONIC, &until)
                until.tv_nsec += 2_000_000
                if until.tv_nsec >= 1_000_000_000 {
                    (until.tv_sec, until.tv_nsec) = (until.tv_sec + 1, until.tv_nsec - 1_000_000_000)
                }
                pthread_cond_timedwait(lookoutCalled, lock, &until)
            }
            return !isOver
        }
    }

    private func holdingLock<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }
}

/// What one worker has seen lately of how many requests there are.
struct Backlog {
    /// A request that is taken sooner than this was there already, in nanoseconds: a process switch takes longer.
    static let promptly: UInt64 = 1500
    private var prompt = 0
    private var late = 0

    enum Advice { case grow, shrink, stay }

    /// - Parameter nanoseconds: how long the worker waited for its newest request.
    mutating func note(waited nanoseconds: UInt64) -> Advice {
        if nanoseconds < Self.promptly {
            (prompt, late) = (prompt + 1, 0)
            if prompt < 4 { return .stay }
            prompt = 0
            return .grow
        }
        (prompt, late) = (0, late + 1)
        if late < 64 { return .stay }
        late = 0
        return .shrink
    }
}

/// What a thread runs.
final class ThreadBody {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}

func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}
