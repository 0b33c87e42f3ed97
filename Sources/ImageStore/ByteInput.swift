import Diagnostics
import LinuxKernel

/// Bytes of a file, of a part of one, or of a pipe, in order.
struct ByteInput: ~Copyable {
    /// Owned by whoever made the input.
    private let descriptor: CInt
    /// Where to read on; nil reads on from the descriptor's own place.
    private var offset: Int64?
    /// Bytes left of the part; nil: up to the end.
    private var remaining: Int64?
    /// Read already, and given out first.
    private var ahead: [UInt8] = []
    private var aheadStart = 0

    /// `ahead`, then everything from the descriptor's own place.
    init(stream descriptor: CInt, ahead: [UInt8] = []) {
        self.descriptor = descriptor
        self.ahead = ahead
    }

    /// Bytes in memory.
    init(_ bytes: [UInt8]) {
        descriptor = -1
        remaining = 0
        ahead = bytes
    }

    /// `length` bytes from `offset`, without moving the descriptor's own place.
    init(part descriptor: CInt, offset: Int64, length: Int64) {
        self.descriptor = descriptor
        self.offset = offset
        remaining = length
    }

    /// Some bytes; 0 at the end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(SandboxError) -> Int {
        if aheadStart < ahead.count {
            let count = min(buffer.count, ahead.count - aheadStart)
            ahead.withUnsafeBytes { bytes in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[aheadStart..<(aheadStart + count)]))
            }
            aheadStart += count
            return count
        }
        return try readOn(into: buffer)
    }

    /// Up to `count` of the next bytes, which stay; fewer at the end.
    mutating func peek(_ count: Int) throws(SandboxError) -> ArraySlice<UInt8> {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while ahead.count - aheadStart < count {
            let got = try chunk.withUnsafeMutableBufferPointer { (bytes) throws(SandboxError) in
                try readOn(into: UnsafeMutableRawBufferPointer(bytes))
            }
            if got == 0 { break }
            ahead += chunk[..<got]
        }
        return ahead[aheadStart...].prefix(count)
    }

    private mutating func readOn(into buffer: UnsafeMutableRawBufferPointer) throws(SandboxError) -> Int {
        var target = buffer
        if let remaining, remaining < Int64(target.count) {
            target = UnsafeMutableRawBufferPointer(rebasing: target[..<Int(remaining)])
        }
        if target.isEmpty || descriptor < 0 { return 0 }
        let count: Int
        do throws(Errno) {
            if let offset {
                count = try readBytes(descriptor, at: offset, into: target)
                self.offset = offset + Int64(count)
            } else {
                count = try readBytes(descriptor, into: target)
            }
        } catch { throw SandboxError(error, "read the archive") }
        if let remaining {
            if count == 0 { throw SandboxError(.invalidInput, "the archive is cut short") }
            self.remaining = remaining - Int64(count)
        }
        return count
    }
}
