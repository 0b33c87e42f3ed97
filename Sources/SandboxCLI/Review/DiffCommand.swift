import Diagnostics

/// The options of `sandbox diff`.
struct DiffCommand: ReviewCommand {
    var selection = ReviewSelection()
    var summary = false
    var stat = false
    var json = false
    var binary = false
    var keep: String?
    var exitCode = false
    var color = "auto"

    static let usage = "sandbox diff [options] [path ...]"

    mutating func visit(_ options: inout OptionVisitor) {
        options.flag("--summary", &summary, "One line for each change; folders that came or went count as one.")
        options.flag("--stat", &stat, "How many lines of each file were added and deleted.")
        options.flag("--json", &json, "Everything known of each change, as JSON.")
        options.flag("--binary", &binary, "Show binary files in full, as patches that git apply reads.")
        options.value(
            "--keep", &keep, "name",
            "What sandbox run --keep NAME has changed of its root, instead of a project's builds.")
        options.flag("--exit-code", &exitCode, "Exit with 1 when there are changes.")
        options.value("--color", &color, "when", "Colours: auto (the default), always or never.")
        selection.visit(&options)
    }

    enum Form { case text, summary, stat, json }

    func form() throws(SandboxError) -> Form {
        let given = [(summary, Form.summary, "--summary"), (stat, .stat, "--stat"), (json, .json, "--json")].filter(\.0)
        if given.count > 1 {
            throw SandboxError(.invalidInput, "\(given[0].2) and \(given[1].2) exclude each other")
        }
        if binary, let other = given.first {
            throw SandboxError(.invalidInput, "--binary and \(other.2) exclude each other")
        }
        return given.first?.1 ?? .text
    }

    /// Whether to colour what goes to a terminal, or to anything else.
    func colors(isTerminal: Bool, environment: (String) -> String?) throws(SandboxError) -> Bool {
        switch color {
        case "always": return true
        case "never": return false
        case "auto":
            // no-color.org: any value but an empty one.
            return isTerminal && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
        default:
            throw SandboxError(
                .invalidInput, "--color \"\(color)\": no such choice", remedy: "auto, always or never")
        }
    }
}
