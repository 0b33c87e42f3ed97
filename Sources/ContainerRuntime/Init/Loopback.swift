import Diagnostics
import LinuxKernel

/// Switches the loopback interface of a new network namespace on (netdevice(7) SIOCSIFFLAGS).
func raiseLoopback() throws(SandboxError) {
    try attempt("switch the loopback interface on") { () throws(Errno) in
        let socket = Descriptor(
            owning: CInt(
                try syscallRetrying(
                    Int(SYS_socket), Int(AF_INET), Int(SOCK_DGRAM.rawValue) | Int(SOCK_CLOEXEC.rawValue), 0)))
        // struct ifreq: 16 bytes of name, then the flags as a short; 40 bytes in all.
        var request = [UInt8](repeating: 0, count: 40)
        request.replaceSubrange(0..<2, with: "lo".utf8)
        request[16] = UInt8(IFF_UP | IFF_RUNNING)
        let flags: UInt = 0x8914  // SIOCSIFFLAGS
        let result = request.withUnsafeMutableBytes { clinux_ioctl(socket.raw, flags, $0.baseAddress) }
        _ = try check(Int(result))
    }
}

private let IFF_UP: Int = 0x1
private let IFF_RUNNING: Int = 0x40
