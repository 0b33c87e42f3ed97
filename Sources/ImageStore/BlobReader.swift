import Diagnostics
import LinuxKernel

/// How a blob is compressed, as its first bytes say.
package enum Compression: String, Sendable {
    case none, gzip, zstd

    /// - Throws: for what is known and not unpacked here.
    init(magic: ArraySlice<UInt8>) throws(SandboxError) {
        func begins(_ bytes: [UInt8]) -> Bool { magic.starts(with: bytes) }
        // Skippable frames of zstd begin with 5x 2A 4D 18; zstd:chunked layers have them.
        let isSkippable = magic.count >= 4 && magic.dropFirst().starts(with: [0x2A, 0x4D, 0x18])
        if begins([0x1F, 0x8B]) {
            self = .gzip
        } else if begins([0x28, 0xB5, 0x2F, 0xFD]) || isSkippable && (magic.first ?? 0) & 0xF0 == 0x50 {
            self = .zstd
        } else if begins([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
            throw SandboxError(
                .unsupported, "the archive is compressed by xz", remedy: "xz -dc FILE | sandbox image import -")
        } else if begins([0x42, 0x5A, 0x68]) {
            throw SandboxError(
                .unsupported, "the archive is compressed by bzip2", remedy: "bzip2 -dc FILE | sandbox image import -")
        } else {
            self = .none
        }
    }
}

/// A blob that is read once from its beginning to its end: decompressed, and with the sums of both of its forms.
struct BlobReader: ~Copyable {
    let compression: Compression
    private var input: ByteInput
    private var inflater: Inflater?
    private var zstd: ZstdDecoder?
    private var buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var rawSum = SHA256()
    private var plainSum = SHA256()
    /// Bytes read of the blob as it is stored.
    private(set) var consumed: Int64 = 0
    /// Bytes given out.
    private(set) var produced: Int64 = 0

    init(_ input: consuming ByteInput) throws(SandboxError) {
        let found = try Compression(magic: input.peek(6))
        inflater = found == .gzip ? try Inflater() : nil
        zstd = found == .zstd ? try ZstdDecoder() : nil
        compression = found
        self.input = input
        buffer = .allocate(byteCount: 1 << 18, alignment: 4096)
    }

    deinit { buffer.deallocate() }

    /// Some bytes of the content; 0 at its end.
    mutating func read(into output: UnsafeMutableRawBufferPointer) throws(SandboxError) -> Int {
        let count: Int
        switch compression {
        case .none:
            count = try input.read(into: output)
            consumed += Int64(count)
        case .gzip, .zstd: count = try decompress(into: output)
        }
        plainSum.update(UnsafeRawBufferPointer(rebasing: output[..<count]))
        produced += Int64(count)
        return count
    }

    private mutating func decompress(into output: UnsafeMutableRawBufferPointer) throws(SandboxError) -> Int {
        while true {
            if start == end {
                start = 0
                end = try input.read(into: buffer)
                consumed += Int64(end)
                rawSum.update(UnsafeRawBufferPointer(rebasing: buffer[..<end]))
            }
            let rest = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
            let isLast = rest.isEmpty
            if isLast, inflater?.isAtEnd ?? zstd?.isAtEnd ?? true { return 0 }
            let step = try step(rest, into: output)
            start += step.consumed
            if step.produced > 0 { return step.produced }
            if isLast { throw SandboxError(.invalidInput, "the \(compression.rawValue) stream is cut short") }
        }
    }

    private mutating func step(
        _ rest: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(SandboxError) -> (consumed: Int, produced: Int) {
        if let step = try inflater?.step(rest, into: output) { return step }
        return try zstd?.step(rest, into: output) ?? (0, 0)
    }

    /// The sums of the blob as stored and of its content; for a blob that has been read to its end.
    consuming func digests() -> (stored: Digest, content: Digest) {
        let content = plainSum.digest()
        return (compression == .none ? content : rawSum.digest(), content)
    }

    /// What the first bytes of a blob decompress to, as far as they go.
    static func beginning(of bytes: [UInt8]) throws(SandboxError) -> [UInt8] {
        var reader = try BlobReader(ByteInput(bytes))
        var content = [UInt8](repeating: 0, count: 4096)
        var count = 0
        while count < content.count {
            let got: Int
            do throws(SandboxError) {
                got = try content.withUnsafeMutableBufferPointer { (buffer) throws(SandboxError) in
                    try reader.read(
                        into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[count...])))
                }
            } catch { break }  // cut short, as it must be; damage shows when all of it is read
            if got == 0 { break }
            count += got
        }
        return Array(content[..<count])
    }
}
