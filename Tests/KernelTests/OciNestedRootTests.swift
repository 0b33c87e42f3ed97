import Foundation
import Testing

extension Kernel {
    /// The caller is root of a user namespace with an ordinary user's subordinate ids in it, as engines without root
    /// call their runtime, and the container's user namespace is one below it. Its id maps are written at once, while
    /// init sets to work: the rounds are there for the order of the two, which is a matter of chance.
    @Suite(
        "oci verbs: called by root of a user namespace", .needsUserNamespaces, .needsOrdinaryUser,
        .needs("busybox", package: "busybox-static"), .needs("newuidmap", package: "uidmap"))
    struct OciNestedRootTests {
        private let rounds = 30

        /// The container's root is the caller's id 1, and the caller its id 5.
        private func bundle() throws -> Bundle {
            let bundle = try Bundle(Scene(try #require(Caller.ordinary)))
            let map = [(0, 1, 5), (5, 0, 1), (6, 6, 1000)].map { inside, outside, size in
                ["containerID": inside, "hostID": outside, "size": size]
            }
            bundle["linux.uidMappings"] = map
            bundle["linux.gidMappings"] = map
            return bundle
        }

        private func bind(_ source: String) -> [String: Any] {
            ["destination": "/data", "type": "bind", "source": source, "options": ["rbind", "ro"]]
        }

        /// `prepare`, and then the container again and again, all as root of the namespace.
        private func runOften(_ bundle: Bundle, after prepare: String) throws -> Outcome {
            try bundle.writeConfig()
            let script = "\(prepare); i=0; while [ $i -lt \(rounds) ]; do \"$@\"; i=$((i+1)); done"
            return try bundle.scene.run(
                ["unshare", "--user", "--mount", "--map-auto", "--map-root-user", "sh", "-c", script, "sh"]
                    + bundle.command("run", ["--bundle", bundle.folder, bundle.id]),
                in: bundle.folder, within: 60)
        }

        @Test("a source in a folder that another mapped id has to itself is bound")
        func closedFolder() throws {
            let bundle = try bundle()
            let folder = bundle.scene.folder + "/closed"
            bundle.add(bind(folder + "/data"), to: "mounts")
            bundle["process.args"] = ["cat", "/data/file"]
            let outcome = try runOften(
                bundle,
                after: "umask 077; mkdir -p \(folder)/data; echo there >\(folder)/data/file; chown -R 1:1 \(folder)")
            #expect(outcome.isSuccess, "\(outcome)")
            #expect(outcome.lines == Array(repeating: "there", count: rounds), "\(outcome)")
        }

        @Test("an init that ends before its ids are mapped is not reported as ids that cannot be mapped")
        func earlyEnd() throws {
            let bundle = try bundle()
            bundle.add(bind(bundle.scene.folder + "/missing"), to: "mounts")
            let outcome = try runOften(bundle, after: "true")
            let errors = outcome.errorText.split(separator: "\n").filter { $0.hasPrefix("sandbox") }
            #expect(errors.count == rounds, "\(outcome)")
            #expect(errors.allSatisfy { $0.contains("/missing to /data: no such file") }, "\(outcome)")
        }
    }
}
