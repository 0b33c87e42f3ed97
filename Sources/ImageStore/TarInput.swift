import Diagnostics
import LinuxKernel

/// The bytes of a tar archive behind a buffer; members' content is given out where it lies.
struct TarInput: ~Copyable {
    private let descriptor: CInt
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// Bytes of the archive given out or skipped so far.
    private(set) var position: Int64 = 0
    /// A regular file: what is skipped need not be read.
    private let canSeek: Bool

    /// Reads from the descriptor's own place on.
    init(_ descriptor: CInt, canSeek: Bool = false) {
        self.descriptor = descriptor
        self.canSeek = canSeek
        buffer = .allocate(byteCount: 1 << 20, alignment: 4096)
    }

    deinit { buffer.deallocate() }

    /// Between 1 and `limit` bytes, valid until the next call; none at the end of the archive.
    mutating func take(upTo limit: Int64) throws(SandboxError) -> UnsafeRawBufferPointer {
        if start == end { try fill() }
        let count = Int(min(limit, Int64(end - start)))
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[start..<(start + count)])
        start += count
        position += Int64(count)
        return bytes
    }

    private mutating func fill() throws(SandboxError) {
        start = 0
        do throws(Errno) { end = try readBytes(descriptor, into: buffer) } catch {
            end = 0
            throw SandboxError(error, "read the archive")
        }
    }

    /// Exactly `count` bytes; fewer only when the archive ends, which is nil for none at all.
    mutating func bytes(_ count: Int) throws(SandboxError) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let part = try take(upTo: Int64(count - bytes.count))
            if part.isEmpty { break }
            bytes.append(contentsOf: part)
        }
        if bytes.isEmpty && count > 0 { return nil }
        if bytes.count < count { throw TarInput.cutShort }
        return bytes
    }

    static var cutShort: SandboxError { SandboxError(.invalidInput, "the archive is cut short") }

    mutating func skip(_ count: Int64) throws(SandboxError) {
        var rest = count
        while rest > 0 {
            if start == end, canSeek {
                do throws(Errno) { try seek(descriptor, to: rest, SEEK_CUR) } catch {
                    throw SandboxError(error, "read the archive")
                }
                position += rest
                return
            }
            let part = try take(upTo: rest)
            if part.isEmpty { throw TarInput.cutShort }
            rest -= Int64(part.count)
        }
    }

    /// Reads on until the end, for the sake of whoever writes into the pipe.
    mutating func drain() throws(SandboxError) {
        while try !take(upTo: .max).isEmpty {}
    }
}
