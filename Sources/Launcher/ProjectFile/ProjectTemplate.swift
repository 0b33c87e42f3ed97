/// The first project file of a folder, by the files that are in it.
package struct ProjectTemplate: Sendable {
    private let names: Set<String>

    package init(names: Set<String>) { self.names = names }

    /// A kind of project: the file it is known by, and its usual commands.
    struct Kind: Sendable {
        var file: String
        var name: String
        var test: String
        var build: String
        /// What needs the network, before the build.
        var fetch: String?
        var usesHomeTools = false
    }

    static let kinds = [
        Kind(
            file: "package.json", name: "Node", test: "npm test --", build: "npm run build",
            fetch: "npm install --ignore-scripts"),
        Kind(
            file: "Cargo.toml", name: "Rust", test: "cargo test --offline", build: "cargo build --offline",
            fetch: "cargo fetch", usesHomeTools: true),
        Kind(
            file: "Package.swift", name: "Swift", test: "swift test --disable-sandbox",
            build: "swift build --disable-sandbox", fetch: "swift package resolve"),
        Kind(
            file: "pyproject.toml", name: "Python", test: "python3 -m pytest", build: "python3 -m build --no-isolation"),
        Kind(file: "go.mod", name: "Go", test: "go test ./...", build: "go build ./...", fetch: "go mod download"),
        Kind(
            file: "CMakeLists.txt", name: "CMake", test: "ctest --test-dir build",
            build: "cmake -B build && cmake --build build"),
        Kind(file: "Makefile", name: "make", test: "make test", build: "make"),
    ]

    var found: [Kind] { ProjectTemplate.kinds.filter { names.contains($0.file) } }

    package var text: String {
        let kind = found.first
        let lines = [
            "# How commands of this project run: sandbox run, sandbox build, sandbox shell.",
            "# Every key is an option of sandbox run, without its dashes; options of the command line win.",
            "# After a change, sandbox trust shows it and asks. Inside, this file is read-only.",
            kind.map {
                "# Fitted to \($0.file)\(found.count > 1 ? " (also here: " + found.dropFirst().map(\.file).joined(separator: ", ") + ")" : "")."
            },
            "",
            "# The system calls and kernel files that are allowed; sandbox profile list shows more.",
            "profile = \"default\"",
            "# \"none\" (as run and build have it), \"user\" (as shells have it where it works) or \"host\".",
            "#net = \"user\"",
            kind?.usesHomeTools == true
                ? "# The tools in the home that PATH names, read-only."
                : "# Tools in the home that PATH names (cargo, nvm, pyenv), read-only.",
            kind?.usesHomeTools == true ? "home-tools = true" : "#home-tools = true",
            "# More files and folders, relative to this one.",
            "#ro-bind = [\"../common\"]",
            "#bind = [\"~/.cache/tool\"]",
            "# The most a command may use.",
            "#memory = \"4g\"",
            "#cpus = 2",
            "",
            "# Variables; others than TERM, LANG, PATH and their like do not go in.",
            "[env]",
            "#NAME = \"value\"",
            "",
            "# sandbox run :test, with more words at its end if you give some.",
            "[command.test]",
            "run = \(ProjectTemplate.quoted((kind?.test ?? "make test") + " \"$@\""))",
            "",
            "# sandbox build: a copy of the project is changed, and reviewed with sandbox diff and sandbox apply.",
            "[build]",
            kind?.fetch.map { "fetch = \(ProjectTemplate.quoted($0))" }
                ?? "#fetch = \"a command that needs the network\"",
            "run = \(ProjectTemplate.quoted(kind?.build ?? "make"))",
        ]
        return lines.compactMap { $0 }.joined(separator: "\n") + "\n"
    }

    static func quoted(_ text: String) -> String { text.contains("\"") ? "'\(text)'" : "\"\(text)\"" }
}
