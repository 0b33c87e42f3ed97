import Foundation

/// An OCI bundle around a busybox root, and the OCI verbs on it.
///
/// Root's bundle is a plain one; an ordinary user's has a user namespace that maps the caller to 0 inside.
final class Bundle {
    let scene: Scene
    var caller: Caller { scene.caller }
    var folder: String { scene.folder + "/bundle" }
    var rootfs: String { folder + "/rootfs" }
    /// The folder of containers' states, so that tests do not meet the host's own containers.
    var states: String { scene.runtime + "/oci" }
    /// A name of its own, for cgroups and the census.
    let id = "sandbox-test-\(UUID().uuidString.prefix(8).lowercased())"
    /// config.json, written when a verb is called.
    var config: [String: Any]

    init(_ scene: Scene) throws {
        self.scene = scene
        config = Self.config(for: scene.caller)
        try scene.makeFolder(folder)
        try Rootfs.make(at: rootfs, for: scene.caller)
    }

    deinit { _ = try? verb("delete", ["--force", id]) }

    /// Sets a value by its path: `bundle["process.args"] = ["true"]`; nil removes it.
    subscript(path: String) -> Any? {
        get { path.split(separator: ".").reduce(config as Any?) { ($0 as? [String: Any])?[String($1)] } }
        set { config = Self.setting(newValue, at: path.split(separator: ".").map(String.init)[...], in: config) }
    }

    private static func setting(_ value: Any?, at path: ArraySlice<String>, in object: [String: Any]) -> [String: Any] {
        guard let first = path.first else { return object }
        var object = object
        if path.count == 1 {
            object[first] = value
        } else {
            object[first] = setting(value, at: path.dropFirst(), in: object[first] as? [String: Any] ?? [:])
        }
        return object
    }

    /// Adds to a list: `bundle.add(mount, to: "mounts")`.
    func add(_ value: Any, to path: String) { self[path] = (self[path] as? [Any] ?? []) + [value] }

    /// The container runs `script` with busybox's shell.
    func script(_ script: String) { self["process.args"] = ["/bin/sh", "-c", script] }

    func removeNamespace(_ kind: String) {
        self["linux.namespaces"] = (self["linux.namespaces"] as? [[String: Any]])?.filter {
            $0["type"] as? String != kind
        }
    }

    func writeConfig() throws {
        let data = try JSONSerialization.data(withJSONObject: config, options: [.prettyPrinted, .sortedKeys])
        try scene.write(String(decoding: data, as: UTF8.self), to: folder + "/config.json")
    }

    /// The command line of an OCI verb.
    func command(_ verb: String, _ arguments: [String]) -> [String] {
        [scene.executable.folder + "/sandbox", "oci", "--root", states, verb] + arguments
    }

    /// Runs a verb; its standard streams go to the container's process as well.
    func verb(_ verb: String, _ arguments: [String], feeding input: [UInt8] = []) throws -> Outcome {
        try scene.run(command(verb, arguments), feeding: input, in: folder)
    }

    /// `run` with the bundle as it stands.
    func run(_ options: [String] = [], feeding input: [UInt8] = []) throws -> Outcome {
        try writeConfig()
        return try verb("run", options + ["--bundle", folder, id], feeding: input)
    }

    /// `create` with the bundle as it stands. The container keeps our pipes, so what it prints later is read from
    /// files by the tests that need it.
    func create(_ options: [String] = []) throws -> Outcome {
        try writeConfig()
        return try verb("create", options + ["--bundle", folder, id])
    }

    /// `state` as JSON; nil when the verb failed.
    func state() throws -> [String: Any]? {
        let outcome = try verb("state", [id])
        guard outcome.isSuccess else { return nil }
        return try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any]
    }

    /// Waits until the state's status is `status`.
    func waitForStatus(_ status: String) throws -> Bool {
        try eventually { try state()?["status"] as? String == status }
    }
}

extension Bundle {
    /// What `spec` would write, in the tests' own words: an independent reading of the specification.
    private static func config(for caller: Caller) -> [String: Any] {
        var namespaces = ["pid", "ipc", "uts", "mount", "network"].map { ["type": $0] }
        var linux: [String: Any] = [
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"],
        ]
        if !caller.isRoot {
            namespaces.append(["type": "user"])
            linux["uidMappings"] = [["containerID": 0, "hostID": Int(caller.uid), "size": 1]]
            linux["gidMappings"] = [["containerID": 0, "hostID": Int(caller.gid), "size": 1]]
        }
        linux["namespaces"] = namespaces
        return [
            "ociVersion": "1.0.2", "hostname": "cell", "linux": linux,
            "root": ["path": "rootfs", "readonly": false],
            "process": [
                "terminal": false, "user": ["uid": 0, "gid": 0], "args": ["/bin/true"], "cwd": "/",
                "env": ["PATH=/bin", "HOME=/root", "TERM=xterm"], "noNewPrivileges": true,
                "capabilities": ["bounding": [String](), "effective": [String](), "permitted": [String]()],
            ],
            "mounts": mounts(for: caller),
        ]
    }

    private static func mounts(for caller: Caller) -> [[String: Any]] {
        let quiet = ["nosuid", "noexec", "nodev"]
        // gid 5 of a full map is devpts' usual owner; a map of one id has no 5.
        let terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
        return [
            ["destination": "/proc", "type": "proc", "source": "proc", "options": quiet],
            [
                "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                "options": ["nosuid", "strictatime", "mode=755", "size=65536k"],
            ],
            ["destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": terminals],
            [
                "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
                "options": quiet + ["mode=1777", "size=65536k"],
            ],
            ["destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": quiet],
            ["destination": "/sys", "type": "sysfs", "source": "sysfs", "options": quiet + ["ro"]],
        ]
    }
}
