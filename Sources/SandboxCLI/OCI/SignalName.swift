import Diagnostics
import LinuxKernel

/// The number of a signal given (0 only asks whether the process is there) as `TERM`, `SIGTERM`, `15` or `RTMIN+3` (signal(7)).
func signalNumber(_ text: String) throws(SandboxError) -> CInt {
    let failure = SandboxError(
        .invalidInput, "unknown signal \"\(text)\"", remedy: "give a name such as TERM or a number up to 64")
    if let number = CInt(text) {
        guard (0...64).contains(number) else { throw failure }
        return number
    }
    var name = text.uppercased()
    if name.hasPrefix("SIG") { name.removeFirst(3) }
    if let number = signalNumbers[name] { return number }
    for (base, first) in [("RTMIN", CInt(34)), ("RTMAX", CInt(64))] where name.hasPrefix(base) {
        let offset = name.dropFirst(base.count)
        guard let difference = offset.isEmpty ? 0 : CInt(offset), (34...64).contains(first + difference) else {
            throw failure
        }
        return first + difference
    }
    throw failure
}

private let signalNumbers: [String: CInt] = [
    "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ILL": SIGILL, "TRAP": SIGTRAP, "ABRT": SIGABRT, "IOT": SIGABRT,
    "BUS": SIGBUS, "FPE": SIGFPE, "KILL": SIGKILL, "USR1": SIGUSR1, "SEGV": SIGSEGV, "USR2": SIGUSR2,
    "PIPE": SIGPIPE, "ALRM": SIGALRM, "TERM": SIGTERM, "STKFLT": SIGSTKFLT, "CHLD": SIGCHLD, "CLD": SIGCHLD,
    "CONT": SIGCONT, "STOP": SIGSTOP, "TSTP": SIGTSTP, "TTIN": SIGTTIN, "TTOU": SIGTTOU, "URG": SIGURG,
    "XCPU": SIGXCPU, "XFSZ": SIGXFSZ, "VTALRM": SIGVTALRM, "PROF": SIGPROF, "WINCH": SIGWINCH, "IO": SIGIO,
    "POLL": SIGIO, "PWR": SIGPWR, "SYS": SIGSYS,
]
