import ArgumentParser
import Diagnostics
import ImageStore
import Launcher
import LinuxKernel
import RuntimeSpec

/// `sandbox image WORDS…`; the exit status.
func runImageCommand(_ words: [String]) -> CInt {
    // A worker that stops reading is told of by its report, not by a signal.
    signal(SIGPIPE, SIG_IGN)
    var verb = ImageVerb(output: StandardOutput())
    return verb.run(words)
}

/// `sandbox image`: the caller's images.
struct ImageVerb<Output: CommandOutput> {
    var output: Output

    /// Exit status 0, and 125 for an error.
    mutating func run(_ words: [String]) -> Int32 {
        let command: any ParsableCommand
        do { command = try ImageCommand.parseAsRoot(words) } catch { return explainParsing(error) }
        do throws(SandboxError) {
            try run(command)
            return 0
        } catch {
            output.error("sandbox: \(printable(error.within("image").description))\n")
            return 125
        }
    }

    private mutating func run(_ command: any ParsableCommand) throws(SandboxError) {
        switch command {
        case let command as ImageCommand.Import: try run(command)
        case let command as ImageCommand.Pull: try run(command)
        case let command as ImageCommand.BuildRootfs: try run(command)
        case let command as ImageCommand.Export: try run(command)
        case let command as ImageCommand.Bundle: try run(command)
        case let command as ImageCommand.List: try run(command)
        case let command as ImageCommand.Inspect: try run(command)
        case let command as ImageCommand.Remove: try run(command)
        case let command as ImageCommand.Prune: try run(command)
        default: output.out(ImageCommand.helpMessage() + "\n")
        }
    }

    private mutating func explainParsing(_ error: any Error) -> Int32 {
        let isHelp = ImageCommand.exitCode(for: error).isSuccess
        if isHelp {
            output.out(ImageCommand.fullMessage(for: error) + "\n")
            return 0
        }
        let message = ImageCommand.message(for: error)
        let first = message.prefix(1).lowercased() + message.dropFirst()
        let text = first.utf8.last == UInt8(ascii: ".") ? String(first.dropLast()) : first
        output.error("sandbox: image: \(printable(text)) (hint: sandbox image --help lists the verbs)\n")
        return 125
    }

    mutating func print(_ json: JSON) { output.out(String(decoding: json.encodedPretty(), as: UTF8.self)) }
}

extension ImageVerb {
    private mutating func run(_ command: ImageCommand.Import) throws(SandboxError) {
        let images = try CallersImages()
        try within("import \"\(command.file)\"") { () throws(SandboxError) in
            try take(command.file, command.intake, select: command.select, images)
        }
    }

    /// Imports a file and says what has come of it.
    mutating func take(
        _ path: String, _ intake: ImageCommand.Intake, select: String? = nil, _ images: CallersImages
    ) throws(SandboxError) {
        var task = ImageImport(store: images.store)
        task.limits = try ImageVerb.limits(intake)
        task.names = intake.name
        task.replaces = intake.replace
        task.select = select
        var progress = ImageProgress(quiet: intake.quiet)
        task.progress = { progress.update($0, $1) }
        _ = try images.store.sweep()
        let outcome: ImageImport.Outcome
        do throws(SandboxError) {
            outcome = try task.run(path)
            progress.end()
        } catch {
            progress.end()
            throw error
        }
        report(outcome, intake, images)
    }

    private static func limits(_ intake: ImageCommand.Intake) throws(SandboxError) -> UnpackLimits {
        var limits = UnpackLimits()
        guard let bytes = strictSize(intake.maxSize), bytes > 0, bytes < UInt64(Int64.max) else {
            throw SandboxError(
                .invalidInput, "--max-size \"\(intake.maxSize)\": not a size", remedy: "bytes, or 512m, 64g")
        }
        guard intake.maxEntries > 0 else {
            throw SandboxError(.invalidInput, "--max-entries \(intake.maxEntries): not a number of files")
        }
        limits.bytes = Int64(bytes)
        limits.entries = intake.maxEntries
        return limits
    }

    private mutating func report(
        _ outcome: ImageImport.Outcome, _ intake: ImageCommand.Intake, _ images: CallersImages
    ) {
        var notes = outcome.notes
        if let shortage = images.maps.shortage {
            notes.append("\(shortage.description): all files belong to root inside (sandbox doctor tells the mend)")
        }
        if !intake.quiet { for note in notes { output.error("sandbox: \(printable(note))\n") } }
        if intake.json {
            print(
                .object([
                    .init("id", .string(outcome.record.id)), .init("names", outcome.names.json),
                    .init("layers", .integer(outcome.record.layers.count)),
                    .init("sharedLayers", .integer(outcome.sharedLayers)),
                    .init("sizeBytes", .integer(outcome.record.sizeBytes)), .init("notes", notes.json),
                ]))
            return
        }
        let name = outcome.names.isEmpty ? "" : " " + outcome.names.joined(separator: " ")
        output.out(printable("\(outcome.record.id.prefix(12))\(name)") + "\n")
    }

    private mutating func run(_ command: ImageCommand.List) throws(SandboxError) {
        let images = try CallersImages().store
        let names = try images.names()
        var rows: [(name: String?, record: ImageRecord)] = []
        for id in try images.images() {
            let record = try images.record(id)
            let own = names.filter { $0.value == id }.keys.sorted()
            rows += own.isEmpty ? [(nil, record)] : own.map { ($0, record) }
        }
        rows.sort { ($0.name ?? "~", $0.record.id) < ($1.name ?? "~", $1.record.id) }
        if command.json {
            print(
                .array(
                    rows.map { row in
                        .object([
                            .init("name", row.name.map(JSON.string) ?? .null), .init("id", .string(row.record.id)),
                            .init("architecture", .string(row.record.architecture)),
                            .init("layers", .integer(row.record.layers.count)),
                            .init("sizeBytes", .integer(row.record.sizeBytes)),
                            .init("imported", .integer(row.record.imported)),
                        ])
                    }))
            return
        }
        let width = rows.map { ($0.name ?? "-").count }.max() ?? 0
        for row in rows {
            let name = row.name ?? "-"
            output.out(
                name + String(repeating: " ", count: width - name.count)
                    + "  \(row.record.id.prefix(12))  \(ImageProgress.megabytes(row.record.sizeBytes)) MB\n")
        }
    }

    private mutating func run(_ command: ImageCommand.Inspect) throws(SandboxError) {
        let images = try CallersImages().store
        let id = try images.find(command.image)
        let names = try images.names().filter { $0.value == id }.keys.sorted()
        let configuration = try JSON(parsing: images.configuration(id))
        guard case .object(let members) = try images.record(id).json else { return }
        print(.object(members + [.init("names", names.json), .init("configuration", configuration)]))
    }

    private mutating func run(_ command: ImageCommand.Remove) throws(SandboxError) {
        let images = try CallersImages().store
        for image in command.images { report(try images.remove(image), json: command.json) }
    }

    private mutating func run(_ command: ImageCommand.Prune) throws(SandboxError) {
        let images = try CallersImages().store
        report(try images.prune(all: command.all), json: command.json)
    }

    private mutating func report(_ removal: ImageStore.Removal, json: Bool) {
        if json {
            print(
                .object([
                    .init("names", removal.names.json), .init("images", removal.images.json),
                    .init("layers", removal.layers.json), .init("keepsLayers", .bool(removal.keepsLayers)),
                ]))
            return
        }
        if removal.keepsLayers {
            output.error("sandbox: an import is running, layers are kept until the next: sandbox image prune\n")
        }
        for name in removal.names { output.out("\(printable(name))\n") }
        for image in removal.images { output.out("removed image \(image.prefix(12))\n") }
        for layer in removal.layers { output.out("removed layer \(layer.prefix(12))\n") }
    }
}
