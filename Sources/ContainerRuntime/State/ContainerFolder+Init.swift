import Diagnostics
import LinuxKernel

extension ContainerFolder {
    private static let initLink = "init"

    /// Notes the container's init a second time, as a link's text: that is written in one step and cannot be cut short,
    /// so a container can be ended whatever becomes of its state file.
    func noteInit(_ record: ContainerRecord) throws(SandboxError) {
        try attempt("note the init in \(path)") { () throws(Errno) in
            let text = "\(record.pid):\(record.startTime)"
            do throws(Errno) { try makeSymbolicLink(to: text, at: descriptor, Self.initLink) } catch {
                // What a killed create has left.
                guard error == .fileExists else { throw error }
                try LinuxKernel.remove(at: descriptor, Self.initLink)
                try makeSymbolicLink(to: text, at: descriptor, Self.initLink)
            }
        }
    }

    /// Number and start time of the init; nil when none was noted.
    func notedInit() -> (pid: Int32, startTime: UInt64)? {
        let text: String
        // A container that had no process yet has no note.
        do { text = try readLink(at: descriptor, Self.initLink) } catch { return nil }
        let parts = text.split(separator: ":")
        guard parts.count == 2, let pid = Int32(parts[0]), let start = UInt64(parts[1]), pid > 0 else { return nil }
        return (pid, start)
    }
}
