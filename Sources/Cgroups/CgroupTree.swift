import Diagnostics
import LinuxKernel

/// A directory of a cgroup file system and what is below it.
struct CgroupTree {
    var path: String

    /// The names of the groups directly below that `isWanted` takes; empty when the group is gone.
    func children(where isWanted: (String) -> Bool = { _ in true }) throws(Errno) -> [String] {
        let names: [String]
        do {
            // As in most file systems, each folder below adds a link: nearly always there is none.
            if try fileStatus(path).st_nlink == 2 { return [] }
            names = try directoryEntries(of: openPath(path, O_RDONLY | O_DIRECTORY))
        } catch .noSuchFileOrDirectory { return [] }
        // The kernel's files have dots and are no directories; a group's name may have dots as well.
        return names.filter { name in
            guard isWanted(name) else { return false }
            do { return try fileStatus("\(path)/\(name)", follow: false).isDirectory } catch { return false }  // gone
        }
    }

    /// This group and all below it, each before what is above it.
    func bottomUp(depth: Int = 0) throws(Errno) -> [String] {
        var paths: [String] = []
        if depth < 64 {
            for name in try children() { paths += try CgroupTree(path: "\(path)/\(name)").bottomUp(depth: depth + 1) }
        }
        return paths + [path]
    }

    /// Process ids, as this pid namespace sees them; 0 stands for processes outside it and is left out.
    func pids(recursive: Bool) throws(Errno) -> [pid_t] {
        var pids: [pid_t] = []
        for path in recursive ? try bottomUp() : [path] {
            do {
                pids += try readText(path + "/cgroup.procs").split(separator: "\n").compactMap { pid_t($0) }
            } catch .noSuchFileOrDirectory {} catch .operationNotSupportedByDevice {}  // removed since it was listed
            catch .notSupported {
                // A threaded group tells its processes only through the domain above it.
                pids += try readText(path + "/cgroup.threads").split(separator: "\n").compactMap { pid_t($0) }
            }
        }
        return Array(Set(pids)).filter { $0 > 0 }.sorted()
    }

    /// Removes the group and all groups below it; EBUSY while a process is in one of them.
    func removeAll() throws(Errno) {
        for path in try bottomUp() {
            do { try remove(path, directory: true) } catch .noSuchFileOrDirectory {}  // what was to be reached
        }
    }
}

/// Sleeps (nanosleep(2)); a signal may cut it short.
func sleepFor(_ duration: Duration) {
    let parts = duration.components
    var time = timespec(tv_sec: Int(parts.seconds), tv_nsec: Int(parts.attoseconds / 1_000_000_000))
    nanosleep(&time, nil)
}

/// Calls `body` until it says that it is done, with growing pauses from 0.2 to 50 ms; whether it was done in time.
func waitUntil<Failure: Error>(within patience: Duration, _ body: () throws(Failure) -> Bool) throws(Failure) -> Bool {
    let end = ContinuousClock.now + patience
    var wait = Duration.microseconds(200)
    while true {
        if try body() { return true }
        if ContinuousClock.now >= end { return false }
        sleepFor(wait)
        wait = min(wait * 2, .milliseconds(50))
    }
}
