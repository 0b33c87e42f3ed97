import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Does work on layers in a process of its own: as uid 0 of a user namespace, so that files can have all owners without
/// root, and with one folder as its root, so that nothing else is in reach.
package struct StoreWorker {
    /// Writes the id maps of the process's user namespace; its own id outside becomes 0 inside.
    package var writeMaps: (pid_t) throws(SandboxError) -> Void
    /// The maps as text, by which a store knows whose its files are.
    package var mapText: String

    package init(mapText: String, writeMaps: @escaping (pid_t) throws(SandboxError) -> Void) {
        self.mapText = mapText
        self.writeMaps = writeMaps
    }

    /// What the work is told of the process it is in.
    struct Place {
        var users: [ClosedRange<Int64>]
        var groups: [ClosedRange<Int64>]
    }

    /// Starts `work` with `folder` as its root. Only `kept` and standard error stay open.
    ///
    /// Legal while this process has one thread.
    func start(
        in folder: CInt, keeping kept: [CInt], _ work: (Place) throws(SandboxError) -> JSON
    ) throws(SandboxError) -> RunningWorker {
        let gate = try attempt("make a pipe") { () throws(Errno) in try Pipe() }
        let report = try attempt("make a pipe") { () throws(Errno) in try Pipe() }
        let side = try attempt("make a user namespace for the image's files") { () throws(Errno) in
            try cloneProcess(flags: UInt64(CLONE_NEWUSER))
        }
        switch consume side {
        case .child:
            StoreWorker.runChild(folder, gate: gate.reading.raw, report: report.writing.raw, kept, work)
        case .parent(let child):
            let worker = RunningWorker(child: child, report: report.takeReading())
            do {
                try writeMaps(worker.pid)
                try attempt("start the work") { () throws(Errno) in try writeAll(gate.writing.raw, [1]) }
            } catch {
                worker.stop()
                throw error
            }
            return worker
        }
    }

    private static func runChild(
        _ folder: CInt, gate: CInt, report: CInt, _ kept: [CInt], _ work: (Place) throws(SandboxError) -> JSON
    ) -> Never {
        var answer: JSON
        do throws(SandboxError) {
            let place = try prepare(folder, gate, [gate, report, folder, 2] + kept)
            answer = .object([JSON.Member("done", try work(place))])
        } catch {
            answer = .object([JSON.Member("failed", error.json)])
        }
        // Nobody is left to be told when this fails.
        do { try writeAll(report, answer.encoded()) } catch {}
        _exit(0)
    }

    private static func prepare(_ folder: CInt, _ gate: CInt, _ kept: [CInt]) throws(SandboxError) -> Place {
        try attempt("prepare the work on an image") { () throws(Errno) in
            try setParentDeathSignal(SIGKILL)
            try closeDescriptors(from: 3, except: kept)
            var byte: [UInt8] = [0]
            let count = try readBytes(gate, into: &byte)
            // The parent is gone, or could not write the maps.
            if count != 1 { _exit(1) }
            let place = Place(users: try ranges("/proc/self/uid_map"), groups: try ranges("/proc/self/gid_map"))
            try changeDirectory(folder)
            try changeRoot(".")
            umask(0)
            signal(SIGPIPE, SIG_IGN)
            return place
        }
    }

    private static func ranges(_ path: String) throws(Errno) -> [ClosedRange<Int64>] {
        try readText(path).split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { Int64($0) }
            return numbers.count == 3 && numbers[2] > 0 ? numbers[0]...(numbers[0] + numbers[2] - 1) : nil
        }
    }
}

/// A started worker; `finish` or `stop` ends it.
struct RunningWorker: ~Copyable {
    private let child: Child
    private let report: Descriptor

    init(child: consuming Child, report: consuming Descriptor) {
        self.child = child
        self.report = report
    }

    var pid: pid_t { child.pid }

    /// Waits for the work's end and returns its result, or throws its error.
    consuming func finish() throws(SandboxError) -> JSON {
        let bytes = try attempt("read the worker's report") { () throws(Errno) in try readAll(report.raw) }
        let ended = try attempt("wait for the worker") { () throws(Errno) in try waitForProcess(child.pid) }
        if bytes.isEmpty {
            let code = ended?.status.exitCode ?? 0
            throw SandboxError(.system, "the process that works on the image's files ended early (status \(code))")
        }
        let answer = try JSON(parsing: bytes)
        if let failed = answer["failed"] { throw SandboxError(json: failed) }
        return answer["done"] ?? .null
    }

    /// Ends the work where it is.
    consuming func stop() {
        // It may have ended by itself.
        do { try sendSignal(SIGKILL, toProcess: child.handle.raw) } catch {}
        do { _ = try waitForProcess(child.pid) } catch {}
    }
}

extension SandboxError {
    fileprivate var json: JSON {
        .object(
            [
                JSON.Member("kind", .string(kind.rawValue)), JSON.Member("message", .string(message)),
                JSON.Member("context", context.json),
            ] + (errno.map { [JSON.Member("errno", .integer($0))] } ?? [])
                + (remedy.map { [JSON.Member("remedy", .string($0))] } ?? []))
    }

    fileprivate init(json: JSON) {
        func text(_ key: String) -> String? { if case .string(let text)? = json[key] { text } else { nil } }
        self.init(text("kind").flatMap(Kind.init(rawValue:)) ?? .system, text("message") ?? "an unknown failure")
        if case .array(let phrases)? = json["context"] {
            context = phrases.compactMap { if case .string(let text) = $0 { text } else { nil } }
        }
        if case .number(let number)? = json["errno"] { errno = Int32(number) }
        remedy = text("remedy")
    }
}
