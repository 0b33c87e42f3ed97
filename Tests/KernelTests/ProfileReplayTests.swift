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
    }
}
