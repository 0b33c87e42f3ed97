import Diagnostics
import LinuxKernel

/// Begins to write a large import to the disk while it is still being unpacked, so that the end, which waits until all
/// of it is there, has little left to wait for.
///
/// A process of its own: syncfs(2) returns when the disk has everything, and the one that feeds the unpacking must not
/// wait for that.
struct EarlyFlush: ~Copyable {
    /// Smaller imports are on the disk in a moment.
    static let leastBytes: Int64 = 16 << 20
    private let child: pid_t
    private let gate: Descriptor

    /// Legal while this process has one thread.
    init(_ folder: String) throws(SandboxError) {
        let place = try attempt("open \(folder)") { () throws(Errno) in try openPath(folder, O_RDONLY | O_DIRECTORY) }
        let pipe = try attempt("make a pipe") { () throws(Errno) in try Pipe() }
        let side = try attempt("clone a process that writes to the disk") { () throws(Errno) in
            try cloneProcess(flags: 0)
        }
        switch consume side {
        case .child: EarlyFlush.run(place.raw, until: pipe.reading.raw)
        case .parent(let child):
            self.child = child.pid
            gate = pipe.takeWriting()
        }
    }

    private static func run(_ folder: CInt, until gate: CInt) -> Never {
        // Whatever fails here only leaves more for the end.
        do throws(Errno) {
            try setParentDeathSignal(SIGKILL)
            try closeDescriptors(from: 3, except: [folder, gate])
            while true {
                var ready = [pollfd(fd: gate, events: Int16(POLLIN), revents: 0)]
                if try waitForEvents(&ready, milliseconds: 50) > 0 { break }
                try syncFileSystem(folder)
            }
        } catch {}
        _exit(0)
    }

    /// Ends it, when it has written what it is at.
    consuming func stop() {
        let pid = child
        discardGate()
        // It ends by itself; nobody needs its status.
        do { _ = try waitForProcess(pid) } catch {}
    }

    private consuming func discardGate() {}
}
