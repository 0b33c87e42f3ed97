import Foundation
import Testing

extension Kernel {
    @Suite("hints after an end by SIGSYS", .needsUserNamespaces, .needsFuse) struct RunEndHintTests {
        /// Makes folders: killed on line 2; removes them: on line 3; links: on line 4.
        private func scene(_ caller: Caller) throws -> Scene {
            let scene = try Scene(caller)
            try scene.makeProfile(
                "deadly",
                """
                "extends": "default", "seccomp": {"syscalls": [
                {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL_PROCESS"},
                {"names": ["rmdir", "unlinkat"], "action": "SCMP_ACT_KILL"},
                {"names": ["symlink", "symlinkat"], "action": "SCMP_ACT_TRAP"}]}
                """)
            return scene
        }

        private func run(_ scene: Scene, _ script: String) throws -> Outcome {
            try scene.shell(script, options: ["--profile", "deadly"])
        }

        @Test("names the very call, its line and the profile that allows it", arguments: Caller.all)
        func killed(_ caller: Caller) throws {
            let scene = try scene(caller)
            let outcome = try run(scene, "exec mkdir new")
            #expect(outcome.ending == .exited(128 + SIGSYS), "\(outcome)")
            #expect(
                outcome.errorText.contains("for mkdir") && outcome.errorText.contains("deadly.json:2)")
                    && outcome.errorText.contains("--profile default allows it"), "\(outcome)")
            #expect(!outcome.errorText.contains("rmdir"), "\(outcome)")
            let child = try run(scene, "rmdir none; echo $?; exit 3")
            #expect(child.ending == .exited(3) && child.lines == ["\(128 + SIGSYS)"], "\(child)")
            #expect(child.errorText.contains("deadly.json:3)"), "\(child)")
        }

        @Test("a process that ignores SIGSYS ends all the same, and the call is not made", arguments: Caller.all)
        func ignored(_ caller: Caller) throws {
            let scene = try scene(caller)
            let outcome = try run(scene, "trap '' SYS; mkdir new; echo $?; test -e new")
            #expect(outcome.ending == .exited(1) && outcome.lines == ["\(128 + SIGKILL)"], "\(outcome)")
            #expect(outcome.errorText.contains("deadly.json:2)"), "\(outcome)")
        }

        @Test("calls that the kernel itself ends a process for are told with a line each", arguments: Caller.all)
        func trapped(_ caller: Caller) throws {
            let outcome = try run(try scene(caller), "exec ln -s a b")
            #expect(outcome.ending == .exited(128 + SIGSYS), "\(outcome)")
            #expect(outcome.errorText.contains("deadly.json:4)"), "\(outcome)")
            #expect(!outcome.errorText.contains("deadly.json:2)"), "what was watched is known: \(outcome)")
        }
    }

    @Suite(
        "calls of another architecture", .needsUserNamespaces, .needsFuse, .needs("python3", package: "python3"),
        .enabled(if: ForeignCall.works, "this kernel or machine takes no 32-bit calls of x86"))
    struct ForeignCallTests {
        private func run(_ scene: Scene, _ words: String...) throws -> Outcome {
            try scene.run(
                [scene.executable.folder + "/sandbox"] + words + ["--", "python3", "-c", ForeignCall.script])
        }

        @Test("one that ends a command is named, with what lets it in", arguments: Caller.all)
        func run(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let outcome = try run(scene, "run")
            #expect(outcome.ending == .exited(128 + SIGSYS), "\(outcome)")
            #expect(
                outcome.errorText.contains("for getpid, called by the convention of x86")
                    && outcome.errorText.contains(#""architectures": ["SCMP_ARCH_X86"]"#), "\(outcome)")
            try scene.makeProfile(
                "both", #""extends": "default", "seccomp": {"architectures": ["SCMP_ARCH_X86"]}"#)
            let allowed = try run(scene, "run", "--profile", "both")
            #expect(allowed.isSuccess && allowed.lines == ["True"], "\(allowed)")
        }

        @Test("record tells of it, and keeps the architecture where the profile lets it in", arguments: Caller.all)
        func record(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let refused = try run(scene, "profile", "record", "-o", "r.json")
            #expect(refused.errorText.contains("refused calls of x86: getpid"), "\(refused)")
            try scene.makeProfile(
                "both", #""extends": "default", "seccomp": {"architectures": ["SCMP_ARCH_X86"]}"#)
            let seen = try run(scene, "profile", "record", "--profile", "both", "-o", "r.json")
            #expect(seen.isSuccess && seen.lines == ["True"], "\(seen)")
            let again = try run(scene, "run", "--profile", "./r.json")
            #expect(again.isSuccess && again.lines == ["True"], "\(again)")
        }
    }
}

/// A 64-bit program that makes a call as 32-bit ones of x86 do: `mov $20, %eax; int $0x80; ret`, getpid(2).
private enum ForeignCall {
    static let script = """
        import ctypes, mmap, os
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
        call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
        print(call() == os.getpid())
        """

    static let works: Bool = {
        #if arch(x86_64)
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/python3")
            process.arguments = ["-c", script]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { return false }
            process.waitUntilExit()
            return process.terminationReason == .exit && process.terminationStatus == 0
        #else
            return false
        #endif
    }()
}
