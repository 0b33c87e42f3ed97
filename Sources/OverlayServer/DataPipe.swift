import CFuse
import LinuxKernel

/// A way for data from the layers' files to the kernel that does not lead through this process: the pages of a file are
/// lent to a pipe, so they are copied once instead of twice. Belongs to one worker.
final class DataPipe {
    /// Below so many bytes the calls cost more than the copy.
    static let worthwhile = 64 << 10
    /// An ordinary user's pipe holds as many pages (/proc/sys/fs/pipe-max-size).
    private static let pages = 256
    private static let page = 4096
    /// The most data that fits beside an answer's header, which takes a page, wherever in a page they begin.
    private static let limit = (pages - 2) * page

    private var pipe: Pipe

    /// nil where the kernel does not give as much room.
    init?() {
        guard let pipe = Self.make() else { return nil }
        self.pipe = pipe
    }

    private static func make() -> Pipe? {
        do throws(Errno) {
            let pipe = try Pipe()
            try pipe.makeRoom(pages * page)
            return pipe
        } catch {
            return nil
        }
    }

    /// Begins anew with nothing in the pipe; false when there is none to be had.
    func empty() -> Bool {
        guard let fresh = Self.make() else { return false }
        pipe = fresh
        return true
    }

    /// Whether to answer a request for so many bytes this way.
    static func suits(_ count: Int) -> Bool { count >= worthwhile && count <= limit }

    /// Puts an answer with `count` bytes of a file in, or as many as it has there; how many. ENODATA, and nothing is put in,
    /// when those are too few.
    func fill(_ unique: UInt64, from file: CInt, at position: Int64, count: Int) throws(Errno) -> Int {
        let size = Int64(try descriptorStatus(file).st_size)
        let whole = Int(min(Int64(count), max(0, size - position)))
        if whole < Self.worthwhile { throw .noAttribute }
        var header = cfuse_answer_header(unique, whole)
        try withUnsafePointer(to: &header) { (header) throws(Errno) -> Void in
            try syscallRetrying(
                Int(SYS_write), Int(pipe.writing.raw), address(header), MemoryLayout<fuse_out_header>.size)
        }
        var done = 0
        while done < whole {
            let passed = try passBytes(from: file, at: position + Int64(done), to: pipe.writing.raw, whole - done)
            // The file has become shorter.
            if passed == 0 { throw .ioError }
            done += passed
        }
        return whole
    }

    /// Sends what `fill` has put in.
    func send(_ count: Int, to device: CInt) throws(Errno) {
        let size = MemoryLayout<fuse_out_header>.size + count
        if try passBytes(from: pipe.reading.raw, to: device, size) != size { throw .ioError }
    }
}

extension Worker {
    /// Answers a read with the file's own pages; false when they are to be copied, and the request still waits.
    func answerByLending(_ file: OpenedFile, _ overlay: Overlay, count: Int, at position: Int64) -> Bool {
        guard DataPipe.suits(count), let pipe else { return false }
        do throws(Errno) {
            let done = try overlay.read(file, count: count, at: position) { (descriptor) throws(Errno) in
                try pipe.fill(request.unique, from: descriptor, at: position, count: count)
            }
            try pipe.send(done, to: device)
            return true
        } catch .noAttribute {
            return false
        } catch {
            // EINVAL: a file system whose files do not lend their pages.
            if error == .invalidArgument || !pipe.empty() { self.pipe = nil }
            return false
        }
    }
}
