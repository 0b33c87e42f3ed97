import LinuxKernel

/// Runs each body on a thread of its own and returns when all have ended: several trees, one server.
package func serveTogether(_ bodies: [@Sendable () -> Void]) {
    var threads: [pthread_t] = []
    for body in bodies {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(ThreadBody(body))
        if pthread_create(&thread, nil, runThread, box.toOpaque()) == 0 {
            threads.append(thread)
        } else {
            // Whoever uses its tree is told that nobody serves it.
            box.release()
        }
    }
    for thread in threads { pthread_join(thread, nil) }
}
