import Cgroups
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// `probe run [OPTION…] [-- COMMAND…]` makes a group, runs a command in it, and says what came of it;
/// `probe VERB RECORD …` does one thing to a group that `run --keep` has left.
struct Probe {
    var id = "probe-\(getpid())"
    var driver = CgroupRequest.Driver.automatic
    var path: String?
    var resources = Spec.Linux.Resources()
    var annotations: [String: String] = [:]
    var keep: String?
    var always = false
    var words: [String]

    init(_ arguments: [String]) throws(SandboxError) {
        words = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--" { break }
            guard word.hasPrefix("--") else {
                words.append(word)
                continue
            }
            if word == "--always" {
                always = true
                continue
            }
            guard let value = rest.popFirst() else { throw SandboxError(.invalidInput, "\(word) needs a value") }
            switch word {
            case "--id": id = value
            case "--path": path = value
            case "--keep": keep = value
            case "--driver": driver = value == "files" ? .files : value == "systemd" ? .systemd : .automatic
            case "--resources": resources = try Spec.Linux.Resources(decoding: Array(value.utf8))
            case "--annotation":
                let pair = value.split(separator: "=", maxSplits: 1).map(String.init)
                annotations[pair[0]] = pair.count == 2 ? pair[1] : ""
            default: throw SandboxError(.invalidInput, "unknown option \(word)")
            }
        }
        words += rest
    }

    func run() throws(SandboxError) -> CInt {
        guard let verb = words.first else { throw SandboxError(.invalidInput, "no verb") }
        if verb == "run" { return try start(Array(words.dropFirst())) }
        if verb == "host" {
            print(try CgroupHost.read())
            return 0
        }
        guard words.count > 1 else { throw SandboxError(.invalidInput, "\(verb) needs a record") }
        return try change(verb, try load(words[1]), Array(words.dropFirst(2)))
    }

    private func load(_ file: String) throws(SandboxError) -> Cgroup {
        let bytes = try attempt("read \(file)") { () throws(Errno) in try readFile(file) }
        return Cgroup(try CgroupRecord(decoding: bytes))
    }

    private func change(_ verb: String, _ opened: Cgroup, _ more: [String]) throws(SandboxError) -> CInt {
        var cgroup = opened
        switch verb {
        case "pids": print(try cgroup.pids().map(String.init).joined(separator: " "))
        case "freeze": try cgroup.freeze()
        case "thaw": try cgroup.thaw()
        case "frozen": print(try cgroup.isFrozen())
        case "kill": try cgroup.kill()
        case "remove": try cgroup.remove()
        case "stats": print(String(decoding: try cgroup.statistics().json.encoded(), as: UTF8.self))
        case "update": try cgroup.update(try .init(decoding: Array((more.first ?? "{}").utf8)))
        case "join":
            let child = try GatedCommand(Array(more.dropFirst()), into: nil) {}
            try cgroup.join(child.pid, alongside: pid_t(more.first ?? ""))
            child.go()
            return child.wait()
        default: throw SandboxError(.invalidInput, "unknown verb \(verb)")
        }
        return 0
    }
}

extension Probe {
    /// An engine's scope goes with its last process, and its figures with it.
    private func report(_ cgroup: Cgroup) throws(SandboxError) {
        do {
            let used = try cgroup.statistics()
            print("oom \(used.memory?.oomKills ?? 0) peak \(used.memory?.usage.max ?? 0)")
            print("cpu \((used.cpu?.total ?? 0) / 1000) refused \(used.pids?.refused ?? 0)")
        } catch {
            guard error.kind == .notFound else { throw error }
            print("gone")
        }
    }

    /// Prints the path, the times of each step in microseconds, and how the command ended; then, unless `--keep` names
    /// a file for the record, kills and removes the group.
    private func start(_ command: [String]) throws(SandboxError) -> CInt {
        let clock = ContinuousClock()
        var times: [String] = []
        var last = clock.now
        func mark(_ name: String) {
            let now = clock.now
            times.append("\(name)=\((now - last).components.attoseconds / 1_000_000_000_000)")
            last = now
        }
        let request = CgroupRequest(
            containerID: id, path: path, resources: resources, annotations: annotations, driver: driver, always: always)
        let plan = try planCgroup(request, host: try CgroupHost.read())
        mark("plan")
        var cgroup = try Cgroup.create(plan, resources: resources)
        mark("create")
        let born = cgroup.takesNewborn
        let directory = born ? try cgroup.directoryDescriptor() : Descriptor(owning: -1)
        let inside = cgroup.entersItself ? cgroup : nil
        let child = try GatedCommand(command, into: born ? directory.raw : nil) { () throws(SandboxError) in
            try inside?.enterSelf(born: born)
        }
        mark("clone")
        if cgroup.startsWithProcess { try cgroup.enter(child.pid) }
        mark("enter")
        let paths = cgroup.record.directories.map { $0.path }
        print("path \(paths.joined(separator: " "))")
        for note in cgroup.notes { print("note \(note)") }
        if let keep {
            try attempt("write \(keep)") { () throws(Errno) in
                let file = try openPath(keep, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
                try writeAll(file.raw, cgroup.record.json.encoded())
            }
            print("pid \(child.pid)")
            child.go()
            return 0
        }
        child.go()
        let status = child.wait()
        print("status \(status)")
        if cgroup.exists { try report(cgroup) }
        last = clock.now
        try cgroup.kill()
        mark("kill")
        try cgroup.remove()
        mark("remove")
        print("times \(times.joined(separator: " "))")
        return status
    }
}
