import Diagnostics
import LinuxKernel

/// Answers the calls that a command's filter hands over.
struct CallListener: ~Copyable {
    private var listener: Descriptor?
    /// For poll(2): -1 before the command has its filter, and when nobody has it any more.
    private(set) var raw: CInt = -1
    private let answer: CallAnswerer?

    init(_ answer: CallAnswerer?) { self.answer = answer }

    /// Takes over the filter's listener.
    mutating func listen(_ raw: CInt) {
        listener = Descriptor(owning: raw)
        self.raw = raw
    }

    /// Answers one call, as poll(2) tells; nobody is left to ask when every process with the filter is gone.
    mutating func take(_ events: Int16) throws(SandboxError) {
        guard events != 0 else { return }
        guard let answer, events & Int16(POLLIN) != 0 else {
            listener = nil
            raw = -1
            return
        }
        let raw = raw
        try attempt("answer a system call") { () throws(Errno) in
            guard let call = try receiveNotification(raw) else { return }
            try answerNotification(raw, call, answer(call, raw))
        }
    }
}
