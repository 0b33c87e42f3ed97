import CFuse
import LinuxKernel

/// What one thread needs to read requests and to answer them.
final class Worker {
    /// This thread's own view of the connection: answers go where the request came from.
    let device: CInt
    let crew: Crew
    var backlog = Backlog()
    private let overlay: Overlay
    /// The request being answered.
    var request = cfuse_request()
    /// libfuse's buffer for requests, allocated by it.
    var incoming = fuse_buf()
    /// Where large answers pass; made when the first is wanted, and nil where there is none to be had.
    lazy var pipe = DataPipe()
    private var buffer: UnsafeMutableRawPointer?
    private var capacity = 0

    init(_ overlay: Overlay, _ crew: Crew, device: CInt) {
        self.overlay = overlay
        self.crew = crew
        self.device = device
    }

    /// Answers a request that libfuse does not know; false when it is none of those.
    func answersUnknown(_ bytes: UnsafeRawPointer?, _ size: Int) -> Bool {
        request.opcode == UInt32(CFUSE_OPCODE_TMPFILE) && answerAnonymous(overlay, bytes, size, device: device)
    }

    deinit {
        buffer?.deallocate()
        free(incoming.mem)
    }

    /// Page-aligned scratch space of at least `size` bytes, this thread's until the next call.
    func scratch(_ size: Int) -> UnsafeMutableRawPointer {
        if let buffer, capacity >= size { return buffer }
        buffer?.deallocate()
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
        (buffer, capacity) = (fresh, size)
        return fresh
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// The calling thread's worker; nil on threads that serve no requests.
    static var current: Worker? {
        pthread_getspecific(key).map { Unmanaged<Worker>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Makes this the calling thread's worker during `body`.
    func run(_ body: () -> Void) {
        pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
        body()
        pthread_setspecific(Self.key, nil)
    }
}
