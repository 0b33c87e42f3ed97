import Diagnostics
import RuntimeSpec
import Testing

@Suite("documents that engines and the specification's authors wrote")
struct RealDocumentTests {
    @Test("all of them are here")
    func count() {
        #expect(Fixtures.files("configs", prefix: "config-").count == 89)
        #expect(Fixtures.files("configs", prefix: "process-").count == 23)
    }

    @Test(
        "a config.json of an engine is written back as it was", arguments: Fixtures.files("configs", prefix: "config-"))
    func config(path: String) throws {
        let source = try Fixtures.bytes(path)
        let spec = try Spec(decoding: source)
        let before = try JSON(parsing: source)
        #expect(try JSON(parsing: spec.encoded()).isEquivalent(to: before))
        #expect(try JSON(parsing: spec.encoded(pretty: true)).isEquivalent(to: before))
        #expect(try Spec(decoding: spec.encoded()) == spec)
    }

    @Test("nothing an engine writes is unknown", arguments: Fixtures.files("configs", prefix: "config-"))
    func known(path: String) throws {
        let spec = try Spec(decoding: try Fixtures.bytes(path))
        #expect(spec.unknown.isEmpty)
        #expect(spec.process?.unknown.isEmpty ?? true)
        #expect(spec.linux?.unknown.isEmpty ?? true)
        #expect(spec.linux?.resources?.unknown.isEmpty ?? true)
        #expect(spec.linux?.seccomp?.unknown.isEmpty ?? true)
    }

    @Test(
        "a process.json of an engine is written back as it was",
        arguments: Fixtures.files("configs", prefix: "process-"))
    func process(path: String) throws {
        let source = try Fixtures.bytes(path)
        let process = try Spec.Process(decoding: source)
        #expect(process.args?.isEmpty == false)
        #expect(try JSON(parsing: process.encoded()).isEquivalent(to: JSON(parsing: source)))
    }

    @Test("a good config of the specification is read", arguments: Fixtures.files("schema/config/good"))
    func goodConfig(path: String) throws {
        let source = try Fixtures.bytes(path)
        let spec = try Spec(decoding: source)
        #expect(try JSON(parsing: spec.encoded()).isEquivalent(to: withUser(JSON(parsing: source))))
    }

    /// One example leaves the user out; like the reference types, ours then write root.
    private func withUser(_ config: JSON) -> JSON {
        guard case .object(var members) = config, let index = members.firstIndex(where: { $0.key == "process" }),
            case .object(var process) = members[index].value, config["process"]?["user"] == nil
        else { return config }
        process.append(
            JSON.Member("user", .object([JSON.Member("uid", .number("0")), JSON.Member("gid", .number("0"))])))
        members[index].value = .object(process)
        return .object(members)
    }

    @Test(
        "a bad config of the specification is refused",
        arguments: [
            ("freebsd-vnet-disable", "freebsd.jail.vnet: expected new or inherit, found \"disable\""),
            ("invalid-json", "1:2: expected a property name, found \"]\""),
            ("linux-netdevice", "linux.netDevices.eth0.name: expected a string, found 23"),
            (
                "linux-rdma",
                "linux.resources.rdma.mlx5_1.hcaHandles: expected an unsigned 32-bit integer, found \"not a uint32\""
            ),
        ])
    func badConfig(name: String, message: String) throws {
        let source = try Fixtures.bytes("schema/config/bad/\(name).json")
        #expect(throws: SandboxError(.invalidInput, message)) { try Spec(decoding: source) }
    }

    @Test("good features and states are read and written back")
    func others() throws {
        for path in Fixtures.files("schema/features/good") {
            let source = try Fixtures.bytes(path)
            let features = try Features(decoding: source)
            #expect(try JSON(parsing: features.encoded()).isEquivalent(to: JSON(parsing: source)))
        }
        for path in Fixtures.files("schema/state/good") {
            let source = try Fixtures.bytes(path)
            let state = try ContainerState(decoding: source)
            #expect(try JSON(parsing: state.encoded()).isEquivalent(to: JSON(parsing: source)))
        }
    }

    @Test("bad features and states are refused")
    func badOthers() throws {
        let features = try Fixtures.bytes("schema/features/bad/missing-ociVersionMax.json")
        #expect(throws: SandboxError(.invalidInput, "ociVersionMax: missing")) { try Features(decoding: features) }
        let state = try Fixtures.bytes("schema/state/bad/invalid-json.json")
        #expect(throws: SandboxError(.invalidInput, "1:2: expected a property name, found \"]\"")) {
            try ContainerState(decoding: state)
        }
    }
}
