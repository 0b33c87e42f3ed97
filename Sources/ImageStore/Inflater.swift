import CZlib
import Diagnostics
import LinuxKernel

/// A gzip stream that is being decompressed, of one or more members (RFC 1952; layers of eStargz have thousands).
struct Inflater: ~Copyable {
    private var stream: UnsafeMutablePointer<z_stream>
    /// Between two members, where the stream may end.
    private(set) var isAtEnd = false

    init() throws(SandboxError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16: gzip's header and check sum.
        let result = inflateInit2_(stream, 31, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        if result != Z_OK { throw SandboxError(.system, "prepare to decompress gzip: zlib says \(result)") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Decompresses some of `input` into `output`; how many bytes of each were used.
    mutating func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(SandboxError) -> (consumed: Int, produced: Int) {
        var skipped = 0
        if isAtEnd {
            // Padding with zeros behind the last member is customary.
            while skipped < input.count, input[skipped] == 0 { skipped += 1 }
            if skipped == input.count { return (skipped, 0) }
            inflateReset(stream)
            isAtEnd = false
        }
        let rest = UnsafeRawBufferPointer(rebasing: input[skipped...])
        stream.pointee.next_in = UnsafeMutablePointer(mutating: rest.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = CUnsignedInt(rest.count)
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = CUnsignedInt(output.count)
        let result = inflate(stream, Z_NO_FLUSH)
        switch result {
        case Z_STREAM_END: isAtEnd = true
        case Z_OK, Z_BUF_ERROR: break
        default: throw SandboxError(.invalidInput, "the gzip stream is damaged")
        }
        return (skipped + rest.count - Int(stream.pointee.avail_in), output.count - Int(stream.pointee.avail_out))
    }
}
