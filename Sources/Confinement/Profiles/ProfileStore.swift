import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Where profiles are found by name: those that came with the executable, then the user's, then the project's.
///
/// No name is taken over: what `default` means is not a user's file to say, and what a user's `mine` means is not a
/// project's.
package struct ProfileStore: Sendable {
    /// A profile, and where it came from.
    package struct Entry: Sendable {
        package var name: String
        /// A file, or nil for a built-in one.
        package var file: String?
        /// With everything it extends.
        package var profile: Profile
    }

    /// The user's, in the order they are searched.
    package var folders: [String]
    package var project: ProjectProfiles?
    /// Finds what cannot be run in one file's profile; the error begins with the property's path.
    package var check: @Sendable (Profile) throws(SandboxError) -> Void = { _ throws(SandboxError) in }

    package init(folders: [String], project: ProjectProfiles? = nil) {
        self.folders = folders
        self.project = project
    }

    /// The user's `sandbox/profiles` in `XDG_CONFIG_HOME` or `~/.config`.
    package init(home: String?, configuration: String?, project: ProjectProfiles?) {
        self.init(folders: [], project: project)
        if let configuration, configuration.hasPrefix("/") {
            folders.append(configuration + "/sandbox/profiles")
        } else if let home {
            folders.append(home + "/.config/sandbox/profiles")
        }
    }

    /// All there are, the built-in ones first; a name found twice counts once.
    package func names() -> [String] {
        var names = BuiltinProfile.all.map(\.name)
        for found in folders.map({ visibleNames(in: $0, ending: ".json") }) + [project?.names() ?? []] {
            for name in found where !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// A profile by its name, or by its file when the word has a slash.
    package func load(_ word: String) throws(SandboxError) -> Entry {
        if let builtin = BuiltinProfile.named(word) {
            return Entry(name: word, file: nil, profile: try builtin.profile())
        }
        return try load(find(word), name: word)
    }

    /// Reads a file, and what it extends: a sibling in the same folder, or a profile by name.
    package func load(file: String, name: String) throws(SandboxError) -> Entry {
        try load(Found(file: file, bytes: contents(file)), name: name)
    }

    private func load(_ found: Found, name: String) throws(SandboxError) -> Entry {
        var last = found
        let own = try read(found)
        let profile: Profile
        do throws(SandboxError) {
            profile = try own.resolved(name: name) { (parent) throws(SandboxError) in
                last = try last.located { () throws(SandboxError) in
                    do throws(SandboxError) { return try extended(parent, by: found) } catch {
                        guard error.context.isEmpty else { throw error }
                        throw SandboxError(error.kind, "extends: \(error.message)", remedy: error.remedy)
                    }
                }
                return try read(last)
            }
        } catch {
            guard error.context.isEmpty else { throw error }
            return try last.located { () throws(SandboxError) in throw error }
        }
        return try found.located { () throws(SandboxError) in
            if profile.seccomp?.defaultAction == nil {
                throw SandboxError(
                    .invalidInput, "seccomp.defaultAction: missing, and no extended profile has one",
                    remedy: "\"extends\": \"default\" takes its filter; \"SCMP_ACT_ALLOW\" is none")
            }
            return Entry(name: name, file: found.file, profile: profile)
        }
    }

    /// What a file names with `extends`.
    func extended(_ name: String, by found: Found) throws(SandboxError) -> Found {
        if let builtin = BuiltinProfile.named(name) { return Found(builtin) }
        if found.isOfProject {
            if let sibling = try project?.text(name) { return sibling }
        } else if found.file.utf8.contains(UInt8(ascii: "/")) {
            let folder = found.file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let sibling = folder.joined(separator: "/") + "/\(name).json"
            if fileExists(sibling) { return Found(file: sibling, bytes: try contents(sibling)) }
        }
        return try find(name)
    }

    private func find(_ word: String) throws(SandboxError) -> Found {
        if word.utf8.contains(UInt8(ascii: "/")) { return Found(file: word, bytes: try contents(word)) }
        if !word.hasPrefix(".") {
            for folder in folders {
                let path = "\(folder)/\(word).json"
                if fileExists(path) { return Found(file: path, bytes: try contents(path)) }
            }
            if let found = try project?.text(word) { return found }
        }
        throw SandboxError(
            .notFound, "no profile \"\(word)\"",
            remedy: "sandbox profile list names them; a file needs a slash, as ./\(word).json")
    }

    private func read(_ found: Found) throws(SandboxError) -> Profile {
        try found.located { () throws(SandboxError) in
            let profile = try Profile(reading: found.bytes)
            try check(profile)
            return profile
        }
    }

    /// What a profile's name stands for: where it is, and its text.
    func source(of word: String) throws(SandboxError) -> Found {
        if let builtin = BuiltinProfile.named(word) { return Found(builtin) }
        return try find(word)
    }

    private func contents(_ file: String) throws(SandboxError) -> [UInt8] {
        try within(file) { () throws(SandboxError) in
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
    }
}

/// The profiles of a project, which count by name only as far as their reader has said yes to them.
package struct ProjectProfiles: Sendable {
    package var names: @Sendable () -> [String]
    /// The file a name stands for; nil when there is none.
    ///
    /// - Throws: `.refused` for one that is not trusted as it is now.
    package var text: @Sendable (String) throws(SandboxError) -> Found?

    package init(
        names: @escaping @Sendable () -> [String], text: @escaping @Sendable (String) throws(SandboxError) -> Found?
    ) {
        self.names = names
        self.text = text
    }

    package typealias Found = ProfileStore.Found
}

extension ProfileStore {
    /// A profile's file, as it was when it was looked at.
    package struct Found: Sendable {
        package var file: String
        package var bytes: [UInt8]
        /// Its siblings are the project's too.
        package var isOfProject: Bool

        package init(file: String, bytes: [UInt8], isOfProject: Bool = false) {
            self.file = file
            self.bytes = bytes
            self.isOfProject = isOfProject
        }

        fileprivate init(_ builtin: BuiltinProfile) {
            self.init(file: "profiles/\(builtin.name).json", bytes: builtin.source)
        }

        /// Names the file, and the line of what an error's message begins with.
        fileprivate func located<Value>(_ body: () throws(SandboxError) -> Value) throws(SandboxError) -> Value {
            do { return try body() } catch {
                var error = error
                guard error.context.isEmpty else { throw error }
                if let line = JSONLines(bytes).line(of: error.message) {
                    error.message = "line \(line): \(error.message)"
                }
                throw error.within(file)
            }
        }
    }
}
