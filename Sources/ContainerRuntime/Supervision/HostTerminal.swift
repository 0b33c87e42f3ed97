import Diagnostics
import LinuxKernel

/// The caller's own terminal while a container's terminal is relayed to it.
struct HostTerminal {
    /// A descriptor of the terminal, one of 0 to 2.
    let descriptor: CInt
    /// The settings it had before.
    private let settings: termios
    private(set) var isRaw = false
    /// Whether the terminal still makes a carriage return of a line feed, because the container's does not.
    private let processesOutput: Bool

    init(descriptor: CInt, processesOutput: Bool = false) throws(SandboxError) {
        self.descriptor = descriptor
        self.processesOutput = processesOutput
        settings = try attempt("read the terminal's settings") { () throws(Errno) in
            try terminalSettings(descriptor)
        }
    }

    /// Whether this process is in the terminal's foreground: only then may it change settings and read.
    var isForeground: Bool {
        // A terminal that is not this session's controlling one has no foreground group for us.
        do { return try foregroundGroup(descriptor) == getpgrp() } catch { return true }
    }

    /// Passes every key on as it is, if this process is in the foreground.
    mutating func makeRaw() {
        guard !isRaw, isForeground else { return }
        // A terminal that has gone away is noticed when it is read.
        do {
            var raw = settings.raw
            if processesOutput { raw.c_oflag |= settings.c_oflag & tcflag_t(OPOST) }
            try setTerminalSettings(descriptor, raw)
            isRaw = true
        } catch {}
    }

    /// Puts the settings back.
    mutating func restore() {
        guard isRaw else { return }
        isRaw = false
        // A terminal that has gone away needs nothing back.
        do { try setTerminalSettings(descriptor, settings) } catch {}
    }

    /// Its rows and columns; nil when it does not say.
    var size: winsize? {
        do { return try windowSize(descriptor) } catch { return nil }
    }
}
