import Diagnostics
import LinuxKernel

extension CallListener {
    /// Leaves the answering to a process of its own when others with the filter go on, as what a command has put into
    /// the background does: a call that nobody can answer fails with ENOSYS, which is not what the profile says. That
    /// process ends with the last of them, and so with the sandbox.
    ///
    /// Legal only while this process has one thread. In the new process nothing returns.
    mutating func leave() throws(SandboxError) {
        guard raw >= 0 else { return }
        var state = [pollfd(fd: raw, events: Int16(POLLIN), revents: 0)]
        try attempt("look for processes with the filter") { () throws(Errno) in
            _ = try waitForEvents(&state, milliseconds: 0)
        }
        if state[0].revents & Int16(POLLHUP) != 0 { return }
        let side = try attempt("clone a process that answers system calls") { () throws(Errno) in
            try cloneProcess(flags: 0)
        }
        switch consume side {
        case .child: keep()
        case .parent: return
        }
    }

    private mutating func keep() -> Never {
        do throws(SandboxError) {
            let raw = raw
            try attempt("leave the caller") { () throws(Errno) in
                try syscallRetrying(Int(SYS_setsid))
                // Nothing of the caller's stays open here: the sandbox would wait for it.
                try closeDescriptors(from: 0, except: [raw])
                for _ in 0...2 { _ = try openPath("/dev/null", O_RDWR).release() }
                _ = try setSignalMask(SignalSet(bits: 0))
            }
            while self.raw >= 0 {
                var ready = [pollfd(fd: raw, events: Int16(POLLIN), revents: 0)]
                try attempt("wait for a system call") { () throws(Errno) in _ = try waitForEvents(&ready) }
                try take(ready[0].revents)
            }
            _exit(0)
        } catch { _exit(1) }
    }
}
