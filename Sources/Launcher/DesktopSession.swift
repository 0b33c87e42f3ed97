import RuntimeSpec

/// A part of the caller's desktop session that a profile hands over.
package enum DesktopPart: String, Equatable, Sendable, CaseIterable {
    /// The sockets of Wayland and X11, and X11's cookie.
    case display
    /// The sockets of PipeWire and PulseAudio.
    case sound
    /// The devices in `/dev/dri`.
    case gpu
}

extension LaunchSpec {
    /// Lays in the sockets and devices of the session, at their own places; what is not there is left out.
    ///
    /// The folder that XDG_RUNTIME_DIR names becomes one of the sandbox's own, with nothing else of the session's in it:
    /// its message bus would start programs outside.
    package mutating func share(
        _ parts: [DesktopPart], environment caller: NameTable<String>, home: String, files: some HostFiles
    ) {
        if parts.isEmpty { return }
        let session = DesktopSession(environment: caller, home: home, files: files)
        if parts.contains(.display) {
            for path in session.displays { share(path, "display", isDevice: false) }
            if let cookie = session.cookie {
                share(cookie, "display", isDevice: false)
                environment.insert(.set(name: "XAUTHORITY", value: cookie), at: 0)
            }
        }
        if parts.contains(.sound) { for path in session.sounds { share(path, "sound", isDevice: false) } }
        if parts.contains(.gpu) { for path in session.devices { share(path, "gpu", isDevice: true) } }
        if let folder = session.runtime,
            !memoryFolders.contains(where: { Paths.same($0.destination, folder) }),
            !binds.contains(where: { Paths.same($0.destination, folder) })
        {
            memoryFolders.append(MemoryFolder(destination: folder, sizeBytes: nil, origin: "desktop"))
        }
    }

    /// A socket on a read-only mount can be connected to; a device has to be opened for writing.
    private mutating func share(_ path: String, _ part: String, isDevice: Bool) {
        if binds.contains(where: { Paths.same($0.destination, path) }) { return }
        binds.append(Bind(source: path, destination: path, readOnly: !isDevice, origin: "desktop: \(part)"))
    }
}

/// Where the parts of a session are, by the variables that programs look at.
struct DesktopSession<Files: HostFiles> {
    let environment: NameTable<String>
    let home: String
    let files: Files

    /// `XDG_RUNTIME_DIR`, when it is there.
    var runtime: String? {
        guard let path = environment["XDG_RUNTIME_DIR"], path.utf8.first == UInt8(ascii: "/"),
            files.kindFollowingLinks(path) == .directory
        else { return nil }
        return Paths.normalized(path)
    }

    var displays: [String] { ([wayland] + [x11]).compactMap { $0 }.filter(isSocket) }

    /// wl_display_connect(3): a name in the runtime folder, or a path.
    private var wayland: String? { inRuntime(environment["WAYLAND_DISPLAY"] ?? "wayland-0") }

    /// `:0.0`, `unix:0`; a display of another machine is the network's.
    private var x11: String? {
        guard let display = environment["DISPLAY"],
            let colon = display.utf8.firstIndex(of: UInt8(ascii: ":")), ["", "unix"].contains(display[..<colon])
        else { return nil }
        let number = display[display.utf8.index(after: colon)...].prefix { $0 != "." }
        return strictNumber(String(number), as: UInt16.self).map { "/tmp/.X11-unix/X\($0)" }
    }

    /// Of X11, where its socket is there too.
    var cookie: String? {
        guard let x11, isSocket(x11) else { return nil }
        let path = environment["XAUTHORITY"] ?? Paths.join(home, ".Xauthority")
        return path.utf8.first == UInt8(ascii: "/") && files.kindFollowingLinks(path) == .file
            ? Paths.normalized(path) : nil
    }

    var sounds: [String] {
        ["pipewire-0", "pulse/native"].compactMap(inRuntime).filter(isSocket)
    }

    var devices: [String] {
        (files.names(in: "/dev/dri") ?? []).map { "/dev/dri/" + $0 }.filter { files.kind($0) == .device }
    }

    private func inRuntime(_ name: String) -> String? {
        if name.isEmpty { return nil }
        if name.utf8.first == UInt8(ascii: "/") { return Paths.normalized(name) }
        return runtime.map { Paths.normalized(Paths.join($0, name)) }
    }

    private func isSocket(_ path: String) -> Bool { files.kindFollowingLinks(path) == .socket }
}
