import Launcher
import RuntimeSpec
import Testing

@Suite("parts of the desktop")
struct DesktopSessionTests {
    private let host = FakeHost([
        "/run/user/1000/wayland-0": .socket, "/run/user/1000/wayland-1": .socket, "/run/user/1000/bus": .socket,
        "/run/user/1000/pipewire-0": .socket, "/run/user/1000/pulse/native": .socket,
        "/tmp/.X11-unix/X0": .socket, "/tmp/.X11-unix/X12": .socket, "/home/me/.Xauthority": .file("cookie"),
        "/home/me/plain": .file(""), "/dev/dri/card0": .device, "/dev/dri/renderD128": .device,
        "/dev/dri/by-path/x": .link("../card0"),
    ])

    private func shared(_ parts: [DesktopPart], _ environment: NameTable<String>) -> LaunchSpec {
        var launch = LaunchSpec(command: ["sh"])
        launch.share(parts, environment: environment, home: "/home/me", files: host)
        return launch
    }

    @Test(
        "the variables say which display",
        arguments: [
            (["XDG_RUNTIME_DIR": "/run/user/1000"], ["/run/user/1000/wayland-0"]),
            (["XDG_RUNTIME_DIR": "/run/user/1000", "WAYLAND_DISPLAY": "wayland-1"], ["/run/user/1000/wayland-1"]),
            (["WAYLAND_DISPLAY": "/run/user/1000/wayland-1"], ["/run/user/1000/wayland-1"]),
            (["WAYLAND_DISPLAY": "wayland-1"], []),
            (["XDG_RUNTIME_DIR": "/run/user/1000", "WAYLAND_DISPLAY": "none"], []),
            (["DISPLAY": ":0.1"], ["/tmp/.X11-unix/X0", "/home/me/.Xauthority"]),
            (["DISPLAY": "unix:12", "XAUTHORITY": "/nowhere"], ["/tmp/.X11-unix/X12"]),
            (["DISPLAY": "other:0"], []), (["DISPLAY": ":7"], []), (["DISPLAY": ":../x"], []),
            (["WAYLAND_DISPLAY": "/home/me/plain"], []),
        ] as [(NameTable<String>, [String])])
    func displays(_ environment: NameTable<String>, _ paths: [String]) {
        let launch = shared([.display], environment)
        #expect(launch.binds.map(\.source) == paths)
        #expect(launch.binds.allSatisfy { $0.readOnly && $0.destination == $0.source })
    }

    @Test("sound, devices, and a runtime folder of the sandbox's own")
    func others() {
        let launch = shared([.sound, .gpu], ["XDG_RUNTIME_DIR": "/run/user/1000"])
        #expect(
            launch.binds.map(\.source) == [
                "/run/user/1000/pipewire-0", "/run/user/1000/pulse/native", "/dev/dri/card0", "/dev/dri/renderD128",
            ])
        #expect(launch.binds.filter { !$0.readOnly }.map(\.source) == ["/dev/dri/card0", "/dev/dri/renderD128"])
        #expect(launch.memoryFolders.map(\.destination) == ["/run/user/1000"])
        #expect(shared([], ["XDG_RUNTIME_DIR": "/run/user/1000", "DISPLAY": ":0"]) == LaunchSpec(command: ["sh"]))
    }

    @Test("X11's cookie is named, and an option of the caller's wins")
    func cookie() {
        var launch = LaunchSpec(command: ["sh"])
        launch.environment = [.set(name: "XAUTHORITY", value: "/mine")]
        launch.binds = [.init(source: "/tmp/x", destination: "/tmp/.X11-unix/X0", readOnly: true)]
        launch.share([.display], environment: ["DISPLAY": ":0"], home: "/home/me", files: host)
        #expect(launch.environment.last == .set(name: "XAUTHORITY", value: "/mine"))
        #expect(launch.environment.first == .set(name: "XAUTHORITY", value: "/home/me/.Xauthority"))
        #expect(launch.binds.map(\.source) == ["/tmp/x", "/home/me/.Xauthority"])
    }

    @Test("the session's other secrets stay hidden, and an option is still told of one")
    func secrets() throws {
        var files = workstation()
        files.nodes["/run/user/1000/wayland-0"] = .socket
        files.nodes["/run/user/1000/bus"] = .socket
        var caller = developer()
        caller.environment["XDG_RUNTIME_DIR"] = "/run/user/1000"
        func decide(_ change: (inout LaunchSpec) -> Void) throws -> Launch {
            var request = LaunchSpec(command: ["sh"])
            change(&request)
            return try makeSpec(
                request, host: LaunchHost.read(for: request, caller: caller, files: files), profile: .kernelPaths)
        }
        let launch = try decide {
            $0.share([.display], environment: caller.environment, home: "/home/me", files: files)
        }
        let mounts = launch.spec.mounts ?? []
        #expect(mounts.contains { $0.destination == "/run/user/1000/wayland-0" })
        #expect(mounts.contains { $0.destination == "/run/user/1000" && $0.options?.contains("mode=0700") == true })
        #expect(throws: (any Error).self) {
            try decide {
                $0.binds = [.init(source: "/run/user/1000/bus", destination: "/run/user/1000/bus", readOnly: true)]
            }
        }
    }
}
