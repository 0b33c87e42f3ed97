import CZstd
import Diagnostics
import LinuxKernel

/// A zstd stream that is being decompressed, of one or more frames (RFC 8878).
struct ZstdDecoder: ~Copyable {
    private let stream: OpaquePointer
    /// Between two frames, where the stream may end.
    private(set) var isAtEnd = false

    init() throws(SandboxError) {
        guard let stream = ZSTD_createDStream() else { throw SandboxError(.system, "prepare to decompress zstd") }
        self.stream = stream
        ZSTD_initDStream(stream)
    }

    deinit { ZSTD_freeDStream(stream) }

    /// Decompresses some of `input` into `output`; how many bytes of each were used.
    mutating func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(SandboxError) -> (consumed: Int, produced: Int) {
        var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(stream, &to, &from)
        if ZSTD_isError(result) != 0 {
            let reason = ZSTD_getErrorName(result).map { String(cString: $0) } ?? "unknown"
            throw SandboxError(.invalidInput, "the zstd stream is damaged: \(reason.lowercased())")
        }
        isAtEnd = result == 0
        return (from.pos, to.pos)
    }
}
