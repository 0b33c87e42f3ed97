import Diagnostics
import RuntimeSpec

extension LaunchMaker {
    /// Refuses what cannot be done as asked; an option is never passed over in silence.
    func checkRequests() throws(SandboxError) {
        if launch.command.isEmpty || launch.command.first?.isEmpty == true {
            throw SandboxError(.invalidInput, "no command given", remedy: "sandbox run -- sh")
        }
        if ([launch.hostname] + launch.command).contains(where: { $0.utf8.contains(0) }) {
            throw SandboxError(.invalidInput, "a NUL byte in the command or the host name")
        }
        try checkHostname()
        try checkSources()
        try checkOverlay()
        try checkOverlayChoice()
        try checkSecrets()
        for path in launch.binds.map(\.destination) + launch.memoryFolders.map(\.destination) {
            try checkDestination(path)
        }
        if let name = launch.keep { try checkKeptName(name) }
        if let shell = launch.shell { try checkShell(shell) }
        if !hasOverlay, launch.keep != nil || !launch.writable.isEmpty {
            let option = launch.keep.map { "--keep \($0)" } ?? "--writable \(launch.writable[0])"
            throw SandboxError(
                .unsupported, "\(option): needs the overlay, and /dev/fuse cannot be opened",
                remedy: "sandbox doctor says how to get it")
        }
        if !hasOverlay, let option = launch.rootRules.firstOption {
            throw SandboxError(
                .unsupported, "\(option): needs the overlay, and /dev/fuse cannot be opened",
                remedy: "sandbox doctor says how to get it")
        }
        for path in launch.writable { try checkWritable(path) }
    }

    private func checkShell(_ shell: ShellFolder) throws(SandboxError) {
        guard hasOverlay else {
            throw SandboxError(
                .unsupported, "shell \(shell.name): needs the overlay, and /dev/fuse cannot be opened",
                remedy: "sandbox doctor says how to get it")
        }
        for (option, isGiven) in [("--keep", launch.keep != nil), ("--writable", !launch.writable.isEmpty)]
        where isGiven {
            throw SandboxError(
                .invalidInput, "\(option): all of a shell is copy on write and kept already",
                remedy: "leave \(option) out")
        }
    }

    /// hostname(7): up to 64 bytes of letters, digits, `-` and `.`.
    private func checkHostname() throws(SandboxError) {
        let name = launch.hostname.utf8
        guard (1...64).contains(name.count), name.first != UInt8(ascii: "-"),
            name.allSatisfy({ isNameByte($0) && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "+") })
        else {
            throw SandboxError(
                .invalidInput, "--hostname \"\(launch.hostname)\": not a host name",
                remedy: "up to 64 letters, digits, dots and hyphens")
        }
    }

    private func checkKeptName(_ name: String) throws(SandboxError) {
        guard (1...128).contains(name.utf8.count), name != ".", name != "..", name.utf8.allSatisfy(isNameByte) else {
            throw SandboxError(
                .invalidInput, "--keep \"\(name)\": not a name", remedy: "letters, digits, _ + . and - only")
        }
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private func checkSources() throws(SandboxError) {
        for bind in launch.binds where host.sources[bind.source] == nil {
            throw SandboxError(.notFound, "\(bind.option) \"\(bind.source)\": no such file or folder")
        }
        if let path = launch.rootfs {
            guard let source = host.sources[path] else {
                throw SandboxError(.notFound, "--rootfs \"\(path)\": no such folder")
            }
            guard source.kind == .directory else {
                throw SandboxError(.invalidInput, "--rootfs \"\(path)\": not a folder")
            }
        }
    }

    /// A secret is shared only by someone who says that it is one.
    private func checkSecrets() throws(SandboxError) {
        for bind in launch.binds where bind.origin == nil {
            guard let source = host.sources[bind.source]?.canonical,
                let secret = host.secrets.first(where: { Paths.isInside(source, $0.path) }),
                !isAllowed(source)
            else { continue }
            throw SandboxError(
                .refused, "\(bind.option) \"\(bind.source)\": \(secret.path) is a well-known secret and never shows",
                remedy: "--allow-secret \(source) shares it all the same")
        }
    }

    func isAllowed(_ path: String) -> Bool { launch.allowedSecrets.contains { Paths.isInside(path, $0) } }

    private func checkDestination(_ path: String) throws(SandboxError) {
        // Single devices may be laid into /dev; all else there, and the folders themselves, stay the kernel's.
        let isTaken =
            path == "/" || RootLayout.kernelFolders.contains { Paths.same($0, path) } || Paths.isInside(path, "/proc")
            || Paths.isInside(path, "/sys")
        if isTaken {
            throw SandboxError(.invalidInput, "nothing can be laid at \(path)", remedy: "name another place: SRC:DST")
        }
    }

    private func checkWritable(_ path: String) throws(SandboxError) {
        guard launch.showsHost else {
            throw SandboxError(
                .invalidInput, "--writable \"\(path)\": all of --rootfs or --image is copy on write already",
                remedy: "leave --writable out")
        }
        guard let source = host.sources[path] else {
            throw SandboxError(.notFound, "--writable \"\(path)\": no such file or folder")
        }
        let hidden = host.privateFolders + RootLayout.kernelFolders
        if let folder = hidden.first(where: { Paths.isInside(source.canonical, $0) }) {
            throw SandboxError(
                .invalidInput, "--writable \"\(path)\": \(folder) is not part of the copy-on-write root",
                remedy: "--bind \(path) shares it writable, --tmpfs \(path) makes an empty one")
        }
    }

    /// The secrets that would show through what is shared, as paths inside.
    func maskedSecrets(_ places: Places) -> [Secret] {
        var masked: [Secret] = []
        func mask(_ path: String, _ kind: FileKind) {
            if !masked.contains(where: { Paths.same($0.path, path) }) { masked.append(Secret(path, kind)) }
        }
        for secret in host.secrets where !isAllowed(secret.path) {
            if launch.showsHost, places.covering(secret.path) == nil { mask(secret.path, secret.kind) }
            for place in places.all {
                guard let source = place.source, let inside = Paths.relative(secret.path, to: source), !inside.isEmpty
                else { continue }
                let shown = Paths.join(place.destination, inside)
                if places.covering(shown) == place { mask(shown, secret.kind) }
            }
        }
        return masked.sorted { Paths.ordered($0.path, $1.path) }
    }
}
