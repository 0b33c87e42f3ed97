import Diagnostics
import ImageStore
import Launcher
import LinuxKernel
import RuntimeSpec

extension ImageVerb {
    mutating func run(_ command: ImageCommand.Export) throws(SandboxError) {
        guard let format = ImageExport.Format(rawValue: command.format) else {
            let known = ImageExport.Format.allCases.map(\.rawValue).joined(separator: ", ")
            throw SandboxError(.invalidInput, "--format \"\(command.format)\": no such form", remedy: "one of \(known)")
        }
        let images = try CallersImages().store
        let id = try images.find(command.image)
        var export = ImageExport(store: images)
        export.format = format
        if command.json, command.output == "-" {
            throw SandboxError(
                .invalidInput, "--json: the archive itself goes to standard output", remedy: "--output FILE")
        }
        let names = try exportedNames(command, id, images)
        var progress = ImageProgress(quiet: command.quiet || command.output == "-")
        export.progress = { progress.update($0, $1) }
        do throws(SandboxError) {
            try within("export \"\(command.image)\"") { () throws(SandboxError) in
                try write(id, names, command.output, export)
            }
            progress.end()
        } catch {
            progress.end()
            throw error
        }
        if command.json {
            print(
                .object([
                    .init("id", .string(id)), .init("names", names.json), .init("format", .string(format.rawValue)),
                    .init("path", .string(command.output)),
                ]))
        }
    }

    /// The name it is called by; all of them when asked for, or when it is called by its id and has no other.
    private func exportedNames(
        _ command: ImageCommand.Export, _ id: String, _ images: ImageStore
    ) throws(SandboxError) -> [String] {
        let all = try images.names().filter { $0.value == id }.keys.sorted()
        if command.allNames { return all }
        let called = all.filter { $0 == command.image }
        return called.isEmpty ? all.filter { $0 == command.image + ":latest" } : called
    }

    /// To standard output, into a new folder, or into a file that appears when it is whole.
    private func write(
        _ id: String, _ names: [String], _ output: String, _ export: ImageExport
    ) throws(SandboxError) {
        if export.format == .ociFolder {
            if output == "-" {
                throw SandboxError(.invalidInput, "--format oci-dir: a folder needs a name", remedy: "--output DIR")
            }
            return try export.run(id, names: names, to: nil, folder: output)
        }
        if output == "-" {
            if isTerminal(1) {
                throw SandboxError(
                    .refused, "an archive is not written to a terminal", remedy: "--output FILE, or send it into a pipe"
                )
            }
            return try export.run(id, names: names, to: 1, folder: nil)
        }
        let partial = output + ".partial"
        let file = try attempt("make \"\(partial)\"") { () throws(Errno) in
            try openPath(partial, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o644)
        }
        do throws(SandboxError) {
            try export.run(id, names: names, to: file.raw, folder: nil)
            try attempt("name \"\(output)\"") { () throws(Errno) in try rename(partial, to: nil, output) }
        } catch {
            do { try remove(partial) } catch {}  // the first failure is what counts
            throw error
        }
    }

    mutating func run(_ command: ImageCommand.Bundle) throws(SandboxError) {
        let images = try CallersImages()
        let id = try images.store.find(command.image)
        let record = try images.store.record(id)
        let folder = command.folder
        try within("bundle \"\(command.image)\"") { () throws(SandboxError) in
            let spec = try bundleSpec(record, images.maps)
            try attempt("make \"\(folder)\"") { () throws(Errno) in
                try makeDirectory(folder, mode: 0o700)
                try makeDirectory(folder + "/rootfs")
            }
            do throws(SandboxError) {
                try images.store.flatten(id, into: folder + "/rootfs")
                try attempt("write \(folder)/config.json") { () throws(Errno) in
                    let file = try openPath(folder + "/config.json", O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
                    try writeAll(file.raw, spec.encoded(pretty: true))
                }
            } catch {
                do throws(SandboxError) { try images.store.removeFolder(folder) } catch {}  // the first failure counts
                throw error
            }
        }
        if let groups = record.user?.groups, !groups.isEmpty, geteuid() != 0 {
            let list = groups.map { String($0) }.joined(separator: ", ")
            output.error(
                "sandbox: the additional groups of the image's user are left out (\(list)): "
                    + "runtimes refuse them without root\n")
        }
        if command.json {
            print(.object([.init("id", .string(id)), .init("folder", .string(folder))]))
        } else {
            output.out("\(printable(folder))\n")
        }
    }

    /// A bundle that the caller can start without root: in a user namespace with the ids that own the files.
    private func bundleSpec(_ record: ImageRecord, _ maps: IDMaps) throws(SandboxError) -> Spec {
        guard let user = record.user else {
            throw SandboxError(
                .notFound, "the image's user \"\(record.userText)\" is not in its /etc/passwd")
        }
        var spec = defaultSpec(rootless: (0, 0))
        // Nothing of later versions is used, and some runtimes refuse a version they do not know.
        spec.ociVersion = "1.0.2"
        spec.root = Spec.Root(path: "rootfs", readonly: false)
        spec.linux?.uidMappings = maps.users
        spec.linux?.gidMappings = maps.groups
        var names: Set<String> = []
        var environment: [String] = []
        for entry in record.environment.reversed() where names.insert(String(entry.prefix { $0 != "=" })).inserted {
            environment.insert(entry, at: 0)
        }
        for (name, value) in [("PATH", EnvironmentDefaults.path), ("HOME", user.home), ("TERM", "xterm")]
        where names.insert(name).inserted {
            environment.append("\(name)=\(value)")
        }
        let words = record.entrypoint + record.command
        spec.process?.env = environment
        spec.process?.args = words.isEmpty ? ["/bin/sh"] : words
        spec.process?.cwd = record.workingDirectory.hasPrefix("/") ? record.workingDirectory : "/"
        spec.process?.user = Spec.Process.User(
            uid: user.uid, gid: user.gid, additionalGids: geteuid() == 0 ? user.groups : [])
        let capabilities = EnvironmentDefaults.capabilities
        spec.process?.capabilities = Spec.Process.Capabilities(
            bounding: capabilities, effective: capabilities, permitted: capabilities)
        return spec
    }
}

/// What images count upon when they say nothing, as other engines have it.
private enum EnvironmentDefaults {
    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    static let capabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
        "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ]
}
