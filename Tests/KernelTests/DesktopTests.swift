import Foundation
import Testing

extension Kernel {
    @Suite("what a profile hands over of the desktop", .needsUserNamespaces, .needsFuse) struct DesktopTests {
        /// A program of the session with two sockets, of which the command inside talks to one.
        private static let session = """
            import os, socket, subprocess, sys
            folder = os.environ["XDG_RUNTIME_DIR"]
            servers = []
            for name in ["wayland-7", "bus"]:
                server = socket.socket(socket.AF_UNIX)
                server.bind(folder + "/" + name)
                server.listen()
                server.settimeout(15)
                servers.append(server)
            child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
            connection, _ = servers[0].accept()
            connection.sendall(b"a window")
            connection.close()
            print(child.communicate()[0].decode(), end="")
            """

        private static let client = """
            import os, socket
            folder = os.environ["XDG_RUNTIME_DIR"]
            display = socket.socket(socket.AF_UNIX)
            display.connect(folder + "/" + os.environ["WAYLAND_DISPLAY"])
            print(display.recv(100).decode(), os.listdir(folder), oct(os.stat(folder).st_mode & 0o777))
            open(folder + "/own", "w").close()
            try: os.remove(folder + "/wayland-7")
            except OSError: print("stays")
            """

        @Test(
            "under gui the display's socket is there, and no other of the session's",
            .needs("python3", package: "python3"), arguments: Caller.all)
        func wayland(_ caller: Caller) throws {
            let scene = try Scene(caller)
            scene.environment["XDG_RUNTIME_DIR"] = scene.runtime
            scene.environment["WAYLAND_DISPLAY"] = "wayland-7"
            try scene.write(Self.session, to: scene.project + "/session.py")
            try scene.write(Self.client, to: scene.project + "/client.py")
            let outcome = try scene.run([
                "python3", "session.py", scene.executable.folder + "/sandbox", "run", "--profile", "gui", "--",
                "python3",
                "client.py",
            ])
            #expect(outcome.lines == ["a window ['wayland-7'] 0o700", "stays"], "\(outcome)")
            #expect(access(scene.runtime + "/own", F_OK) != 0)
            let closed = try scene.shell("ls \"$XDG_RUNTIME_DIR\"", options: ["--env", "XDG_RUNTIME_DIR"])
            #expect(!closed.text.contains("wayland-7"), "only gui does: \(closed)")
        }
    }
}
