import Diagnostics
import RuntimeSpec

/// Which part of the host's root is what inside; `--explain` prints the outcome.
package enum RootLayout {
    /// Big, read mostly, full of programs: native read-only mounts, since running programs from FUSE costs 2–4 times.
    package static let nativeFolders = [
        "/bin", "/gnu", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/opt", "/sbin", "/snap", "/usr",
    ]

    /// Other people's homes, scratch space, sockets, other disks and boot files: empty inside.
    package static let privateFolders = [
        "/boot", "/home", "/lost+found", "/media", "/mnt", "/root", "/run", "/srv", "/tmp", "/var/run", "/var/tmp",
    ]

    /// Those of `privateFolders` that most hosts have nothing in, or nothing that the caller could read.
    static let oftenEmpty = ["/boot", "/lost+found", "/media", "/mnt", "/root", "/srv"]

    /// The parts of `/run` that NixOS runs its programs from.
    static let systemInRun = ["/run/current-system", "/run/booted-system", "/run/opengl-driver"]

    /// Folders that everybody may write to, with the sticky bit.
    static func isScratch(_ path: String) -> Bool { path == "/tmp" || path == "/var/tmp" }

    /// Where nothing else may be laid: the fresh file systems of the kernel.
    static let kernelFolders = ["/proc", "/sys", "/dev"]
}

/// A mount with the place it has among the others.
struct Place: Equatable {
    /// Who decides about a destination that two mounts name: the higher one.
    enum Rank: Int { case system, project, tools, guarded, explicit }

    var mount: Spec.Mount
    var rank: Rank
    var choice: LayoutEntry.Choice
    var why: String
    /// The option that asked for it.
    var option: String?

    var destination: String { mount.destination }
    /// The host folder that an overlay mount shows.
    var shown: String?
    /// The host folder a mount shows.
    var source: String? { mount.type == "bind" ? mount.source : shown }
}

/// Mounts in the order they are made: parents first, one for each destination.
struct Places {
    private(set) var all: [Place] = []

    /// Adds a mount; at the same destination the higher rank stays. Two options for one destination are an error.
    mutating func add(_ place: Place) throws(SandboxError) {
        guard let index = all.firstIndex(where: { Paths.same($0.destination, place.destination) }) else {
            all.append(place)
            return
        }
        if let one = all[index].option, let other = place.option {
            throw SandboxError(
                .invalidInput, "\(one) and \(other) both lay something at \(place.destination)",
                remedy: "leave one of them out")
        }
        if place.rank.rawValue >= all[index].rank.rawValue { all[index] = place }
    }

    /// Changes each mount, or takes it out where that gives nil.
    mutating func change(_ body: (Place) throws(SandboxError) -> Place?) throws(SandboxError) {
        var changed: [Place] = []
        for place in all { if let place = try body(place) { changed.append(place) } }
        all = changed
    }

    mutating func sort() { all.sort { Paths.ordered($0.destination, $1.destination) } }

    /// The mount a path inside lies on: the one with the longest destination around it; nil is the root.
    func covering(_ path: String) -> Place? {
        all.filter { Paths.isInside(path, $0.destination) }
            .max { $0.destination.utf8.count < $1.destination.utf8.count }
    }
}

extension Place {
    static func bind(
        _ source: String, at destination: String? = nil, readOnly: Bool, device: Bool = false, recursive: Bool = true,
        host: LaunchHost
    ) -> Spec.Mount {
        // Where mount_setattr(2) is missing, only the mount itself becomes read-only.
        let all = host.hasRecursiveReadOnly
        var options = ["rbind", all ? "rnosuid" : "nosuid"]
        if !device { options.append(all ? "rnodev" : "nodev") }
        if readOnly { options.append(all ? "rro" : "ro") }
        return Spec.Mount(destination: destination ?? source, type: "bind", source: source, options: options)
    }

    /// A tmpfs; `owner` are ids inside.
    static func memory(
        _ destination: String, mode: String, owner: (uid: UInt32, gid: UInt32)? = nil, sizeBytes: UInt64? = nil,
        options: [String] = ["nosuid", "nodev"]
    ) -> Spec.Mount {
        var options = options + ["mode=\(mode)"]
        if let owner { options += ["uid=\(owner.uid)", "gid=\(owner.gid)"] }
        if let sizeBytes { options.append("size=\(sizeBytes)") }
        return Spec.Mount(destination: destination, type: "tmpfs", source: "tmpfs", options: options)
    }
}
