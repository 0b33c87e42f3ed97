import Foundation

/// Pretends that the kernel lacks system calls: a filter answers ENOSYS, as Linux 5.4 would and as old container
/// engines' filters do.
enum OldKernel {
    /// clone3, close_range, openat2, faccessat2 and mount_setattr on x86_64: what Linux 5.4 lacks, and clone3, which old
    /// engines refuse.
    static let missing = [435, 436, 437, 439, 442]

    /// A command line that runs `arguments` without those calls; only root may install the filter and still start
    /// setuid programs.
    static func wrap(_ arguments: [String]) -> [String] { ["python3", "-c", program] + arguments }

    private static let program = """
        import ctypes, os, struct, sys
        calls = \(missing)
        code = [struct.pack('HBBI', 0x20, 0, 0, 0)]
        for index, number in enumerate(calls):
            code.append(struct.pack('HBBI', 0x15, len(calls) - index, 0, number))
        code.append(struct.pack('HBBI', 0x06, 0, 0, 0x7fff0000))
        code.append(struct.pack('HBBI', 0x06, 0, 0, 0x00050000 | 38))
        text = ctypes.create_string_buffer(b''.join(code))
        head = ctypes.create_string_buffer(struct.pack('HxxxxxxQ', len(code), ctypes.addressof(text)))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(22, 2, head, 0, 0) != 0:
            sys.exit('filter: ' + os.strerror(ctypes.get_errno()))
        os.execvp(sys.argv[1], sys.argv[1:])
        """
}
