import Diagnostics
import OverlayServer

/// `sandbox overlay mount [-f] -o lowerdir=A:B[,upperdir=U,workdir=W][,…] MOUNTPOINT`, as mount(8) and podman call it.
struct OverlayArguments {
    var lowers: [String] = []
    var upper: String?
    var work: String?
    var mountPoint = ""
    var foreground = false
    var options = OverlayOptions()
    /// What the mount itself gets: `ro`, `nosuid`, …
    var mountFlags: [String] = []
    /// Everyone may use the mount; so it is for root anyway.
    var allowOther = false

    init(_ words: [String]) throws(SandboxError) {
        var rest = words[...]
        var places: [String] = []
        while let word = rest.popFirst() {
            switch word {
            case "-f", "--foreground": foreground = true
            case "-o":
                guard let list = rest.popFirst() else {
                    throw SandboxError(.invalidInput, "-o needs a list of options")
                }
                try takeOptions(list)
            case _ where word.hasPrefix("-o"): try takeOptions(String(word.dropFirst(2)))
            case "-d", "--debug": foreground = true
            case _ where word.hasPrefix("-"):
                throw SandboxError(
                    .invalidInput, "unknown option \"\(word)\"", remedy: "options of the overlay go after -o")
            default: places.append(word)
            }
        }
        // mount(8) gives a source first, which means nothing here.
        guard let last = places.last, places.count <= 2 else {
            throw SandboxError(
                .invalidInput, "one mount point is needed",
                remedy: "sandbox overlay mount -o lowerdir=A:B,upperdir=U,workdir=W MOUNTPOINT")
        }
        mountPoint = last
        guard !lowers.isEmpty else { throw SandboxError(.invalidInput, "lowerdir= is missing") }
        guard (upper == nil) == (work == nil) else {
            throw SandboxError(.invalidInput, "upperdir= and workdir= go together")
        }
    }

    private mutating func takeOptions(_ list: String) throws(SandboxError) {
        for option in splitUnescaped(list, ",") where !option.isEmpty {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            try take(String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
        }
    }

    private mutating func take(_ name: String, _ value: String?) throws(SandboxError) {
        switch name {
        case "lowerdir": lowers = splitUnescaped(try needed(name, value), ":").map { unescaped($0) }
        case "upperdir": upper = unescaped(try needed(name, value))
        case "workdir": work = unescaped(try needed(name, value))
        case "squash_unmapped": options.squashUnmapped = true
        case "plain_lowers": options.plainLowers = true
        case "volatile": options.volatile = true
        case "noxattrs": options.noExtendedAttributes = value != "0"
        case "writeback": options.writeback = value != "0"
        case "lazy_open": options.opensUnasked = value != "0"
        case "redirect_dir":
            guard let value, ["on", "off"].contains(value) else {
                throw SandboxError(.invalidInput, "redirect_dir= is \"on\" or \"off\", not \"\(value ?? "")\"")
            }
            options.redirectsFolders = value == "on"
        case "cache", "timeout": options.cacheSeconds = try number(name, value)
        case "fsync": if value == "0" { options.volatile = true }
        case "xattr_permissions":
            guard value == "0" else {
                throw SandboxError(
                    .unsupported, "xattr_permissions=\(value ?? ""): owners and modes are not kept in attributes",
                    remedy: "uidmapping= and gidmapping= show owners otherwise than they are stored")
            }
        case "threads": options.threads = Int(try number(name, value))
        case "hide": options.rules.hidden.append(try pattern(name, value))
        case "deny": options.rules.denied.append(try pattern(name, value))
        case "trace": options.trace = try log(name, value)
        case "events": options.events = try log(name, value)
        case "quota": options.quota = try overlayQuota(try needed(name, value))
        case "uidmapping": options.users.ranges = try owners(name, value).ranges
        case "gidmapping": options.groups.ranges = try owners(name, value).ranges
        case "squash_to_root": (options.users.squashed, options.groups.squashed) = (0, 0)
        case "squash_to_uid": options.users.squashed = try identifier(name, value)
        case "squash_to_gid": options.groups.squashed = try identifier(name, value)
        case "allow_other": allowOther = true
        case "ro", "rw", "nosuid", "suid", "nodev", "dev", "noexec", "exec", "noatime", "relatime":
            mountFlags.append(name)
        case "defaults", "async", "sync", "dirsync", "auto", "noauto", "user", "nouser", "users", "_netdev", "nofail",
            "strictatime", "lazytime", "nolazytime", "diratime", "nodiratime", "fsname", "subtype", "clone_fd",
            "threaded", "fast_ino", "static_nlink", "default_permissions", "context", "fscontext", "defcontext",
            "rootcontext":
            break  // mount(8) and podman pass them on; the overlay behaves so, or they mean nothing here
        case _ where name.hasPrefix("x-") || name.hasPrefix("comment"): break
        default:
            throw SandboxError(.unsupported, "overlay option \"\(name)\" is not known")
        }
    }
}

/// Splits at `separator` where no backslash stands before it; the backslashes stay.
private func splitUnescaped(_ text: String, _ separator: Character) -> [String] {
    var parts = [""]
    var isEscaped = false
    for character in text {
        if character == separator, !isEscaped {
            parts.append("")
            continue
        }
        isEscaped = character == "\\" && !isEscaped
        parts[parts.count - 1].append(character)
    }
    return parts
}
