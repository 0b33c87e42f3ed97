import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// A container's place in the resctrl file system, as its record keeps it.
package struct ResctrlPlace: SpecObject {
    /// Folders that go with the container, innermost first.
    package var own: [String] = []
    package var unknown: [JSON.Member] = []

    package static var blank: Self { Self() }

    package mutating func visit(_ properties: inout Properties) { properties.required("own", &own) }

    /// Puts the process into its class and monitoring group, which are made where they are missing. What was made is
    /// removed again when something fails.
    static func enter(_ rdt: Spec.Linux.IntelRdt, id: String, pid: pid_t) throws(SandboxError) -> ResctrlPlace {
        let root = try mountPoint()
        let schemata = existingSchemata("\(root)/\(resctrlFolder(rdt, id: id))")
        let plan = try planResctrl(rdt, id: id, schemata: schemata)
        let folder = plan.folder.isEmpty ? root : "\(root)/\(plan.folder)"
        var made: [String] = []
        var place = ResctrlPlace()
        do throws(SandboxError) {
            if plan.makes {
                try make(folder)
                made.insert(folder, at: 0)
                if plan.isOwn { place.own.insert(folder, at: 0) }
            }
            for line in plan.lines { try write(line + "\n", "\(folder)/schemata") }
            try write("\(pid)", "\(folder)/tasks")
            if let monitor = plan.monitor {
                try make("\(root)/\(monitor)")
                made.insert("\(root)/\(monitor)", at: 0)
                place.own.insert("\(root)/\(monitor)", at: 0)
                try write("\(pid)", "\(root)/\(monitor)/tasks")
            }
        } catch {
            // The failure is what the caller reports.
            for folder in made { do { try remove(folder, directory: true) } catch {} }
            throw error
        }
        return place
    }

    /// Gives the class of a container other schemata, a line each.
    static func change(_ rdt: Spec.Linux.IntelRdt, id: String, lines: [String]) throws(SandboxError) {
        let folder = "\(try mountPoint())/\(resctrlFolder(rdt, id: id))"
        for line in lines { try write(line + "\n", "\(folder)/schemata") }
    }

    /// Removes what goes with the container; folders that are gone are no error.
    func leave() throws(SandboxError) {
        for folder in own {
            do { try remove(folder, directory: true) } catch {
                if error != .noSuchFileOrDirectory { throw SandboxError(error, "remove \(folder)") }
            }
        }
    }

    private static func make(_ folder: String) throws(SandboxError) {
        do { try makeDirectory(folder) } catch {
            let full = error.rawValue == ENOSPC ? "all of the processor's classes or groups are in use" : nil
            throw SandboxError(error, "linux.intelRdt: make \(folder)", remedy: full)
        }
    }

    private static func write(_ text: String, _ file: String) throws(SandboxError) {
        try attempt("linux.intelRdt: write \(trimmed(text)) to \(file)") { () throws(Errno) in
            try writeFile(file, text)
        }
    }

    private static func existingSchemata(_ folder: String) -> String? {
        // A folder that is not there has none.
        do { return try readText(folder + "/schemata") } catch { return nil }
    }

    static func mountPoint() throws(SandboxError) -> String {
        let mounts = try attempt("read /proc/self/mountinfo") { () throws(Errno) in
            try readText("/proc/self/mountinfo")
        }
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash > 4, fields.indices.contains(dash + 1),
                fields[dash + 1] == "resctrl"
            else { continue }
            return String(fields[4])
        }
        throw SandboxError(
            .unsupported, "linux.intelRdt: no resctrl file system is mounted",
            remedy: "on a processor with RDT: mount -t resctrl resctrl /sys/fs/resctrl")
    }
}
