import Foundation
import Testing

extension Kernel {
    @Suite("recorded profiles, used again", .needsUserNamespaces, .needsFuse) struct ProfileReplayTests {
        @Test("a recorded capability is there again, whoever records it and whoever uses it", arguments: Caller.all)
        func capability(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let first = try scene.run(
                [
                    scene.executable.folder + "/sandbox", "profile", "record", "--cap-add", "CHOWN", "-o", "r.json",
                    "--", "sh", "-c", "touch made; chown 5 made",
                ])
            #expect(first.isSuccess && first.errorText.contains("CAP_CHOWN"), "\(first)")
            let again = try scene.shell("chown 6 made && echo changed", options: ["--profile", "./r.json"])
            #expect(again.lines == ["changed"], "\(again)")
        }

        @Test(
            "changing a device asks for a capability, looking at it does not", .needs("ip", package: "iproute2"),
            .needs("python3", package: "python3"), arguments: Caller.all)
        func devices(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let record = [scene.executable.folder + "/sandbox", "profile", "record", "--cap-add", "NET_ADMIN"]
            let change = try scene.run(record + ["-o", "r.json", "--", "ip", "link", "set", "lo", "down"])
            #expect(change.isSuccess && change.errorText.contains("CAP_NET_ADMIN"), "\(change)")
            let again = try scene.run(
                [scene.executable.folder + "/sandbox", "run", "--profile", "./r.json"]
                    + ["--", "ip", "link", "set", "lo", "down"])
            #expect(again.isSuccess, "\(again)")
            let look = try scene.run(
                record + ["-o", "l.json", "--", "python3", "-c", "import socket; print(socket.if_nameindex())"])
            #expect(look.lines == ["[(1, 'lo')]"] && !look.errorText.contains("CAP_NET_ADMIN"), "\(look)")
        }
    }
}
