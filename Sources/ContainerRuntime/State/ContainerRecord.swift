import Diagnostics
import LinuxKernel
import RuntimeSpec

/// What is kept of a container between two commands: `state.json` in its state folder.
package struct ContainerRecord: SpecObject {
    /// The layout's version; a newer one is refused with its number.
    package static let currentVersion: UInt32 = 1

    package var version: UInt32
    package var ociVersion: String
    package var id: String
    /// Absolute path.
    package var bundle: String
    /// Absolute path of the root filesystem.
    package var rootfs: String
    /// The first process, as the host sees it; 0 until it exists.
    package var pid: Int32
    /// The process's start time in clock ticks after boot (proc_pid_stat(5), field 22): tells it from a later process
    /// with the same number.
    package var startTime: UInt64
    /// As last written; `ContainerFolder.status` says what is true now.
    package var status: ContainerState.Status
    /// RFC 3339, UTC, with nanoseconds.
    package var created: String
    /// The uid that made the container.
    package var owner: UInt32
    private var annotationsKept: KeptAnnotations?
    /// The cgroup's record, as its manager wrote it.
    package var cgroup: JSON?
    /// Its place in the resctrl file system.
    package var resctrl: ResctrlPlace?
    /// What was open at 0, 1 and 2 when the command started, for a restore to put others in its place.
    package var descriptors: [String]?
    package var unknown: [JSON.Member] = []

    package init(id: String, ociVersion: String, bundle: String, rootfs: String, annotations: [String: String]?) {
        version = Self.currentVersion
        self.ociVersion = ociVersion
        self.id = id
        self.bundle = bundle
        self.rootfs = rootfs
        annotationsKept = annotations.map(KeptAnnotations.init(_:))
        pid = 0
        startTime = 0
        status = .creating
        created = currentTimestamp()
        owner = geteuid()
    }

    private init() {
        version = 0
        (ociVersion, id, bundle, rootfs, created) = ("", "", "", "", "")
        (pid, startTime, owner) = (0, 0, 0)
        status = .creating
    }

    package static var blank: Self { Self() }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("version", &version)
        properties.required("ociVersion", &ociVersion)
        properties.required("id", &id)
        properties.required("bundle", &bundle)
        properties.required("rootfs", &rootfs)
        properties.required("pid", &pid)
        properties.required("startTime", &startTime)
        properties.required("status", &status)
        properties.required("created", &created)
        properties.required("owner", &owner)
        properties.optional("annotations", &annotationsKept)
        properties.optional("cgroup", &cgroup)
        properties.optional("resctrl", &resctrl)
        properties.optional("descriptors", &descriptors)
    }
}

extension ContainerRecord {
    package var annotations: [String: String]? { annotationsKept?.all }
}

/// The present time in RFC 3339, UTC, with nanoseconds.
package func currentTimestamp() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var seconds = now.tv_sec
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: some BinaryInteger, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let date = "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
    let time = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
    return "\(date)T\(time).\(padded(now.tv_nsec, 9))Z"
}

/// State letter and start time of a process, from `/proc/PID/stat`; nil when there is none.
func processStatus(_ pid: pid_t) -> (letter: Character, startTime: UInt64)? {
    guard pid > 0 else { return nil }
    let text: String
    // A process that is gone, or of which nothing can be seen, has no status.
    do { text = try readText("/proc/\(pid)/stat") } catch { return nil }
    // The name in parentheses may hold anything, further parentheses too: fields are counted after the last one.
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let letter = fields[0].first, let start = UInt64(fields[19]) else { return nil }
    return (letter, start)
}
