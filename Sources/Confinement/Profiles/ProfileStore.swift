import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Where profiles are found by name: those that came with the executable, then folders of `NAME.json`.
///
/// A built-in name cannot be taken over by a file: what `default` means is not a project's to say.
package struct ProfileStore: Sendable {
    /// A profile, and where it came from.
    package struct Entry: Sendable {
        package var name: String
        /// A file, or nil for a built-in one.
        package var file: String?
        /// With everything it extends.
        package var profile: Profile
    }

    /// In the order they are searched.
    package var folders: [String]

    package init(folders: [String]) { self.folders = folders }

    /// The project's `.sandbox/profiles`, then the user's `sandbox/profiles` in `XDG_CONFIG_HOME` or `~/.config`.
    package init(project: String?, home: String?, configuration: String?) {
        folders = []
        if let project { folders.append(project + "/.sandbox/profiles") }
        if let configuration, configuration.hasPrefix("/") {
            folders.append(configuration + "/sandbox/profiles")
        } else if let home {
            folders.append(home + "/.config/sandbox/profiles")
        }
    }

    /// All there are, the built-in ones first; a name found twice counts once.
    package func names() -> [String] {
        var names = BuiltinProfile.all.map(\.name)
        for folder in folders {
            // A folder that is not there, or not ours to read, has no profiles for us.
            guard let directory = try? openPath(folder, O_RDONLY | O_DIRECTORY),
                let entries = try? directoryEntries(of: directory)
            else { continue }
            for entry in entries.sorted() where entry.hasSuffix(".json") {
                let name = String(entry.dropLast(5))
                if !names.contains(name) { names.append(name) }
            }
        }
        return names
    }

    /// A profile by its name, or by its file when the word has a slash.
    package func load(_ word: String) throws(SandboxError) -> Entry {
        if let builtin = BuiltinProfile.named(word) {
            return Entry(name: word, file: nil, profile: try builtin.profile())
        }
        let file = try word.utf8.contains(UInt8(ascii: "/")) ? word : find(word)
        return try load(file: file, name: word)
    }

    /// Reads a file, and what it extends: a sibling in the same folder, or a profile by name.
    package func load(file: String, name: String) throws(SandboxError) -> Entry {
        let own = try read(file)
        let profile = try inFile(file) { () throws(SandboxError) in
            try own.resolved(name: name) { (parent) throws(SandboxError) in
                if let builtin = BuiltinProfile.named(parent) { return try Profile(reading: builtin.source) }
                let sibling =
                    file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
                    .joined(separator: "/") + "/\(parent).json"
                return try read(file.utf8.contains(UInt8(ascii: "/")) && fileExists(sibling) ? sibling : find(parent))
            }
        }
        return Entry(name: name, file: file, profile: profile)
    }

    private func find(_ name: String) throws(SandboxError) -> String {
        for folder in folders where !name.hasPrefix(".") {
            let path = "\(folder)/\(name).json"
            if fileExists(path) { return path }
        }
        throw SandboxError(
            .notFound, "no profile \"\(name)\"",
            remedy: "sandbox profile list names them; a file needs a slash, as ./\(name).json")
    }

    private func read(_ file: String) throws(SandboxError) -> Profile {
        try inFile(file) { () throws(SandboxError) in try Profile(reading: contents(file)) }
    }

    /// What a profile's name stands for: where it is, and its text.
    func source(of word: String) throws(SandboxError) -> (name: String, bytes: [UInt8]) {
        if let builtin = BuiltinProfile.named(word) { return ("profiles/\(word).json", builtin.source) }
        let file = try word.utf8.contains(UInt8(ascii: "/")) ? word : find(word)
        return (file, try contents(file))
    }

    private func contents(_ file: String) throws(SandboxError) -> [UInt8] {
        let descriptor = try attempt("open") { () throws(Errno) in try openPath(file, O_RDONLY | O_NONBLOCK) }
        let status = try attempt("inspect it") { () throws(Errno) in try fileStatus(at: descriptor.raw) }
        guard status.isRegular else { throw SandboxError(.invalidInput, "it is no regular file") }
        guard status.st_size <= Profile.sizeLimit else {
            throw SandboxError(
                .invalidInput, "it has \(status.st_size) bytes, and a profile has at most \(Profile.sizeLimit)")
        }
        return try attempt("read it") { () throws(Errno) in
            try readAll(descriptor.raw, limit: Profile.sizeLimit)
        }
    }

    /// Names the file, and the line of what an error's message begins with.
    private func inFile<Value>(
        _ file: String, _ body: () throws(SandboxError) -> Value
    ) throws(SandboxError) -> Value {
        do { return try body() } catch {
            var error = error
            // Whatever keeps the file from being read has no line.
            if error.context.isEmpty, error.kind == .invalidInput, let bytes = try? contents(file),
                let line = JSONLines(bytes).line(of: error.message)
            {
                error.message = "line \(line): \(error.message)"
            }
            throw error.within(file)
        }
    }
}
