import Confinement
import Foundation
import RuntimeSpec
import Testing

/// The filters engines wrote into config.json here: podman, buildah, Docker and containerd of three generations.
enum EngineFilters {
    static let names = [
        "buildah-01", "ctr-16", "docker-01", "podman-dev-13", "podman-dev-16", "podman-root-01", "sid-docker-01",
        "sid-podman-01", "sid-podman-13", "trixie-docker-01", "trixie-podman-01", "trixie-podman-10",
    ]

    static func spec(_ name: String) throws -> Spec.Linux.Seccomp {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name).json")
        return try Spec.Linux.Seccomp(decoding: Array(Data(contentsOf: url)))
    }
}

@Suite("compiled filters agree with libseccomp")
struct SeccompOracleTests {
    /// How many verdicts were compared, and how often libseccomp's was not what the rules say.
    struct Comparison {
        var compared = 0
        var libraryWrong = 0
    }

    /// Compares both programs on every number up to 600, in x32's range, at the edges, and on foreign architectures.
    ///
    /// - Parameter lenient: a verdict that differs from libseccomp's passes when it is the one the rules say.
    static func compare(
        _ policy: FilterPolicy, native: SyscallArchitecture, lenient: Bool = false
    ) throws -> Comparison? {
        guard let oracle = try SeccompOracle(policy, native: native) else { return nil }
        let program = FilterInterpreter(
            program: try FilterCompiler(policy, native: native).compile().instructions)
        var result = Comparison()
        for data in calls(policy, oracle.architectures) {
            let expected = try oracle.verdict(data)
            let verdict = try program.run(data).verdict
            result.compared += 1
            if verdict == expected { continue }
            let isX32 = data.architecture == 0xc000_003e && data.number >= 0x4000_0000
            let architecture = isX32 ? .x32 : oracle.architectures.first { $0.auditWord == data.architecture }
            if lenient, let architecture, policy.plainVerdict(data, architecture) == verdict {
                result.libraryWrong += 1
                continue
            }
            Issue.record(
                "call \(data.number) of \(String(data.architecture, radix: 16)) with \(data.arguments[0]): \(verdict), not \(expected)"
            )
            break
        }
        return result
    }

    private static func calls(_ policy: FilterPolicy, _ architectures: [SyscallArchitecture]) -> [CallData] {
        let words = Set(architectures.map(\.auditWord)).union([0, 0x4000_0003, 0xc000_00b7, 0xc000_003e, 0xdead_beef])
        let edges = policy.edgeArguments
        let conditional = Set(policy.rules.filter { !$0.conditions.isEmpty }.flatMap(\.names))
        var calls: [CallData] = []
        for word in words {
            let own = SyscallArchitecture.allCases.filter { $0.auditWord == word }
            let careful = Set(
                conditional.union(["socketcall", "ipc"]).flatMap { name in
                    own.compactMap { SyscallName(name)?.number(on: $0) }
                })
            var numbers = Array(UInt32(0)...600) + Array(0x4000_0000...0x4000_0258) + careful
            numbers += [0x0f_0001, 0x0f_0006, 0x3fff_ffff, 0x4fff_ffff, 0xffff_fffe, 0xffff_ffff]
            numbers += Array(UInt32(4000)...4500)
            for number in numbers {
                for arguments in careful.contains(number) ? edges : [[0, 0, 0, 0, 0, 0]] {
                    calls.append(CallData(number: number, architecture: word, arguments: arguments))
                }
            }
        }
        return calls
    }

    @Test("an engine's filter gives the same verdict on every call", arguments: EngineFilters.names)
    func engines(_ name: String) throws {
        let policy = try FilterPolicy(EngineFilters.spec(name)).knownToLibrary
        let compared = try Self.compare(policy, native: .x86_64)
        #expect(try #require(compared).compared > 3000)
    }

    @Test(
        "an engine's rules give the same verdicts on other architectures",
        arguments: [
            (SyscallArchitecture.aarch64, [SyscallArchitecture.arm]), (.riscv64, []), (.ppc64le, []), (.x86, []),
            (.arm, []), (.mipsel64, [.mipsel, .mipsel64n32]), (.x86_64, []), (.x86_64, [.x86]),
        ])
    func architectures(_ native: SyscallArchitecture, _ others: [SyscallArchitecture]) throws {
        for name in ["sid-docker-01", "sid-podman-01", "podman-dev-16"] {
            var policy = try FilterPolicy(EngineFilters.spec(name)).knownToLibrary
            policy.architectures = others
            let compared = try Self.compare(policy, native: native)
            #expect(try #require(compared).compared > 2000)
        }
    }

    /// libseccomp up to 2.5 mixes up some overlapping 64-bit comparisons, so here the rules themselves are the judge of
    /// a difference; and most policies must show none.
    @Test("random rules give the verdicts libseccomp gives, or where it errs those the rules say")
    func random() throws {
        var compared = 0
        var accepted = 0
        var agreeing = 0
        for seed in UInt64(1)...60 {
            var generator = SplitMix(state: seed)
            let policy = RandomPolicy.make(using: &generator)
            guard let result = try Self.compare(policy, native: .x86_64, lenient: true) else { continue }
            accepted += 1
            compared += result.compared
            if result.libraryWrong == 0 { agreeing += 1 }
        }
        #expect(accepted > 50)
        #expect(compared > 200_000)
        #expect(agreeing * 10 > accepted * 8)
    }
}
