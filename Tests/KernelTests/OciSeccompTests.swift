import Foundation
import Testing

extension Kernel {
    @Suite(
        "oci: architectures and flags of a filter", .needsUserNamespaces,
        .needs("busybox", package: "busybox-static"))
    struct OciSeccompTests {
        /// A program of a dozen instructions that asks for its process id by the 32-bit system call interface, where the
        /// call has another number, and exits with the negated answer.
        private static let caller32: [UInt8] = {
            let code: [UInt8] = [
                0xB8, 20, 0, 0, 0, 0xCD, 0x80,  // mov eax, 20; int 0x80
                0xF7, 0xD8, 0x89, 0xC7,  // neg eax; mov edi, eax
                0xB8, 60, 0, 0, 0, 0x0F, 0x05,  // mov eax, 60; syscall
            ]
            func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
                (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
            }
            let base: UInt64 = 0x400000
            let size = UInt64(120 + code.count)
            let header: [UInt8] =
                [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
                + bytes(2, 2) + bytes(62, 2) + bytes(1, 4) + bytes(base + 120, 8) + bytes(64, 8) + bytes(0, 8)
                + bytes(0, 4) + bytes(64, 2) + bytes(56, 2) + bytes(1, 2) + bytes(0, 6)
            let segment =
                bytes(1, 4) + bytes(5, 4) + bytes(0, 8) + bytes(base, 8) + bytes(base, 8) + bytes(size, 8)
                + bytes(size, 8) + bytes(4096, 8)
            return header + segment + code
        }()

        private static let hasBothInterfaces: Bool = {
            #if arch(x86_64)
                return access("/proc/sys/abi/vsyscall32", F_OK) == 0
            #else
                return false
            #endif
        }()

        @Test(
            "a filter speaks for the architectures it names, and ends callers of others",
            .enabled(if: hasBothInterfaces, "the kernel has no 32-bit system calls"), arguments: Caller.all)
        func architectures(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            let program = bundle.rootfs + "/bin/call32"
            try Data(Self.caller32).write(to: URL(fileURLWithPath: program))
            #expect(chmod(program, 0o755) == 0)
            func run(_ architectures: [String]) throws -> Outcome {
                bundle["linux.seccomp"] = [
                    "defaultAction": "SCMP_ACT_ALLOW", "architectures": architectures,
                    "syscalls": [["names": ["getpid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 7] as [String: Any]],
                ]
                bundle.script("call32; echo $?")
                return try bundle.run()
            }
            let both = try run(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"])
            #expect(both.text == "7\n", "\(both)")
            let one = try run(["SCMP_ARCH_X86_64"])
            #expect(one.text == "\(128 + SIGSYS)\n", "\(one)")
        }

        @Test("each flag that the features tell of as supported is taken with a filter", arguments: Caller.all)
        func flags(_ caller: Caller) throws {
            let bundle = try Bundle(Scene(caller))
            let features = try bundle.verb("features", [])
            let document = try JSONSerialization.jsonObject(with: Data(features.output)) as? [String: Any]
            let seccomp = (document?["linux"] as? [String: Any])?["seccomp"] as? [String: Any]
            let supported = try #require(seccomp?["supportedFlags"] as? [String])
            #expect(!supported.isEmpty)
            for flags in supported.map({ [$0] }) + [supported] {
                bundle["linux.seccomp"] = [
                    "defaultAction": "SCMP_ACT_ALLOW", "flags": flags,
                    "syscalls": [["names": ["sethostname"], "action": "SCMP_ACT_ERRNO"] as [String: Any]],
                ]
                bundle.script("grep Seccomp: /proc/self/status")
                let outcome = try bundle.run()
                #expect(outcome.text.hasSuffix("2\n"), "\(flags): \(outcome)")
            }
        }
    }
}
