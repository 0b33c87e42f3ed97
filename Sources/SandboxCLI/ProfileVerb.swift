import ArgumentParser
import Confinement
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// `sandbox profile`: the profiles, read and compared.
package struct ProfileVerb<Output: CommandOutput> {
    package var output: Output
    package var store: ProfileStore
    /// The running kernel's release, as `6.12.3`.
    package var release: String

    package init(output: Output, store: ProfileStore, release: String) {
        self.output = output
        self.store = store
        self.release = release
    }

    /// Runs the words after `sandbox profile`; exit status 0, `diff` 1 when there are differences, 125 for an error.
    package mutating func run(_ words: [String]) -> Int32 {
        let command: any ParsableCommand
        do { command = try ProfileCommand.parseAsRoot(words) } catch { return explainParsing(error) }
        do throws(SandboxError) {
            switch command {
            case let list as ProfileCommand.List: return try run(list)
            case let show as ProfileCommand.Show: return try run(show)
            case let difference as ProfileCommand.Difference: return try run(difference)
            case let check as ProfileCommand.Check: return try run(check)
            case let compile as ProfileCommand.Compile: return try run(compile)
            case let explain as ProfileCommand.Explain: return try run(explain)
            case let export as ProfileCommand.Export: return try run(export)
            default:
                output.out(ProfileCommand.helpMessage() + "\n")
                return 0
            }
        } catch {
            output.error("sandbox: \(printable(error.within("profile").description))\n")
            return 125
        }
    }

    private mutating func explainParsing(_ error: any Error) -> Int32 {
        let isHelp = ProfileCommand.exitCode(for: error).isSuccess
        let text = ProfileCommand.fullMessage(for: error) + "\n"
        if isHelp { output.out(text) } else { output.error("sandbox: profile: \(text)") }
        return isHelp ? 0 : 125
    }

    mutating func print(_ json: JSON) { output.out(String(decoding: json.encodedPretty(), as: UTF8.self)) }

    /// A resolved profile's rules for this machine and its own capabilities.
    func policy(
        _ profile: Profile, on architecture: SyscallArchitecture = .native
    ) throws(SandboxError) -> FilterPolicy {
        if !profile.hasFilter { return FilterPolicy(defaultAction: .allow) }
        return try profile.policy(in: setting(profile, on: architecture))
    }

    /// What the conditions of a resolved profile's rules are judged by.
    func setting(
        _ profile: Profile, on architecture: SyscallArchitecture = .native
    ) throws(SandboxError) -> FilterSetting {
        let set = try CapabilitySet(names: profile.capabilities?.bounding ?? [], at: "capabilities.bounding")
        let kernel = KernelVersion(release) ?? KernelVersion(5, 10)
        return FilterSetting(architecture: architecture, capabilities: set, kernel: kernel)
    }

    /// The profile's filter as engines read it. They have no Landlock, nor what the filter does for its rules of ports.
    func exported(_ profile: Profile) throws(SandboxError) -> JSON {
        var profile = profile
        profile.landlock = nil
        return try Spec.Linux.Seccomp(policy(profile), for: .native).json
    }
}

extension ProfileVerb {
    private mutating func run(_ command: ProfileCommand.List) throws(SandboxError) -> Int32 {
        var rows: [(name: String, origin: String, text: String)] = []
        for name in store.names() {
            do throws(SandboxError) {
                let entry = try store.load(name)
                rows.append((name, entry.file ?? "built in", entry.profile.description))
            } catch {
                rows.append((name, "unreadable", error.description))
            }
        }
        if command.json {
            print(
                .array(
                    rows.map { row in
                        .object([
                            .init("name", .string(row.name)), .init("origin", .string(row.origin)),
                            .init("description", .string(row.text)),
                        ])
                    }))
            return 0
        }
        let width = rows.map(\.name.count).max() ?? 0
        for row in rows {
            let name = row.name + String(repeating: " ", count: width - row.name.count)
            let origin = row.origin == "built in" ? "" : " (\(row.origin))"
            output.out(printable("\(name)  \(row.text)\(origin)") + "\n")
        }
        return 0
    }

    private mutating func run(_ command: ProfileCommand.Show) throws(SandboxError) -> Int32 {
        let entry = try store.load(command.name)
        if command.oci {
            print(try exported(entry.profile))
        } else if command.json {
            print(entry.profile.json)
        } else {
            output.out(try ProfileReport(entry, policy(entry.profile)).text)
        }
        return 0
    }

    private mutating func run(_ command: ProfileCommand.Check) throws(SandboxError) -> Int32 {
        let file = command.file.utf8.contains(UInt8(ascii: "/")) ? command.file : "./" + command.file
        let entry = try store.load(file: file, name: file)
        let program = try within(command.file) { () throws(SandboxError) in
            try FilterCompiler(policy(entry.profile)).compile()
        }
        let kernel = KernelVersion(release)
        let names = Set(entry.profile.seccomp?.syscalls.flatMap(\.names) ?? [])
        let newer = names.sorted().filter { name in
            guard let kernel, let since = SyscallName(name)?.since else { return false }
            return since > kernel
        }
        let warnings = newer.map {
            "system call \"\($0)\" is newer than this kernel (\(release)), which refuses it anyway"
        }
        if command.json {
            print(
                .object([
                    .init("instructions", .integer(program.instructions.count)),
                    .init("warnings", .array(warnings.map(JSON.string))),
                ]))
            return 0
        }
        for warning in warnings { output.error("sandbox: profile: \(printable(command.file)): \(warning)\n") }
        output.out(
            entry.profile.hasFilter
                ? "ok: a filter of \(program.instructions.count) instructions\n" : "ok: no filter\n")
        return 0
    }

    private mutating func run(_ command: ProfileCommand.Compile) throws(SandboxError) -> Int32 {
        let entry = try store.load(command.name)
        var architecture = SyscallArchitecture.native
        if let word = command.arch {
            guard let named = SyscallArchitecture.allCases.first(where: { $0.text == word.lowercased() }) else {
                let known = SyscallArchitecture.allCases.map(\.text).joined(separator: ", ")
                throw SandboxError(.invalidInput, "--arch: unknown architecture \"\(word)\"", remedy: "one of \(known)")
            }
            // Linux runs x32 programs on x86-64 alone, whose filter tells both apart.
            if named == .x32 {
                throw SandboxError(
                    .invalidInput, "--arch: x32 is no machine but a convention of x86_64",
                    remedy: "--arch x86_64, with SCMP_ARCH_X32 among the profile's architectures")
            }
            architecture = named
        }
        let program = try FilterCompiler(policy(entry.profile, on: architecture), native: architecture).compile()
        try attempt("write \(command.output)") { () throws(Errno) in
            let file = try openPath(command.output, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
            try writeAll(file.raw, program.bytes(for: architecture))
        }
        let facts = "\(program.instructions.count) instructions for \(architecture.text)"
        if command.json {
            print(
                .object([
                    .init("architecture", .string(architecture.text)),
                    .init("instructions", .integer(program.instructions.count)),
                    .init("flags", .array(program.flags.names.map(JSON.string))),
                ]))
        } else {
            output.out("\(facts)\n")
        }
        return 0
    }
}
