import Diagnostics
import LinuxKernel
import RuntimeSpec

/// Brings one image into a store.
package struct ImageImport {
    package let store: ImageStore
    package var limits = UnpackLimits()
    /// What the image is to be called; empty: as its archive calls it.
    package var names: [String] = []
    /// Whether names may be taken away from other images.
    package var replaces = false
    /// Which of several images of one archive.
    package var select: String?
    /// Told of the bytes read so far, and of all there are when that is known.
    package var progress: (_ done: Int64, _ total: Int64?) -> Void = { _, _ in }

    package struct Outcome: Equatable, Sendable {
        package var record: ImageRecord
        package var names: [String]
        /// Layers that were there already.
        package var sharedLayers: Int
        package var notes: [String]
    }

    package init(store: ImageStore) { self.store = store }

    /// Imports a folder, an archive or, with `-`, standard input.
    package func run(_ path: String) throws(SandboxError) -> Outcome {
        for name in names { try ImageName.check(name) }
        try store.make()
        let session = try ImportSession(store: store, limits: limits, progress: progress)
        do {
            let source = try ImageSource.open(
                path, select: select, limits: limits, spool: { () throws(SandboxError) in try session.spool() })
            let outcome = try run(source, session)
            session.close()
            return outcome
        } catch {
            session.close()
            throw error
        }
    }

    private func run(_ source: borrowing ImageSource, _ session: ImportSession) throws(SandboxError) -> Outcome {
        let configuration: [UInt8]
        var archiveNames: [String] = []
        switch source.content {
        case .image(let manifest):
            archiveNames = manifest.names
            try checkNames(chosenNames(archiveNames), SHA256.of(manifest.configuration).hex)
            try session.bring(manifest.layers, from: source.descriptor.raw, totalBytes: source.totalBytes)
            configuration = manifest.configuration
        case .tree(let ahead):
            if names.isEmpty {
                throw SandboxError(
                    .invalidInput, "a root filesystem has no name of its own",
                    remedy: "sandbox image import … --name NAME")
            }
            let layer = try session.bringTree(source.descriptor.raw, ahead: ahead, totalBytes: source.totalBytes)
            configuration = ImageConfig.made(for: layer, architecture: ImageConfig.hostArchitecture)
        }
        var record = try makeRecord(configuration, session)
        record.user = try session.account(record.userText, session.layers)
        record.root = try session.account("", session.layers) ?? ImageAccount()
        let names = chosenNames(archiveNames)
        try commit(record, configuration, names, session)
        return Outcome(record: record, names: names, sharedLayers: session.sharedLayers, notes: notes(record, session))
    }

    private func chosenNames(_ archiveNames: [String]) -> [String] {
        names.isEmpty ? archiveNames.filter(ImageName.isGood) : names
    }

    private func makeRecord(_ configuration: [UInt8], _ session: ImportSession) throws(SandboxError) -> ImageRecord {
        let config = try ImageConfig(configuration)
        var record = ImageRecord()
        record.id = SHA256.of(configuration).hex
        record.layers = config.layers.map(\.hex)
        record.architecture = config.architecture
        record.sizeBytes = session.report.bytes + session.sharedBytes
        record.imported = Int64(time(nil))
        record.environment = config.environment
        record.entrypoint = config.entrypoint
        record.command = config.command
        record.workingDirectory = config.workingDirectory
        record.userText = config.user
        return record
    }

    private func notes(_ record: ImageRecord, _ session: ImportSession) -> [String] {
        var notes = session.report.notes
        if record.user == nil {
            notes.append("the image's user \"\(record.userText)\" is not in its /etc/passwd: run it with --as-root")
        }
        if !record.architecture.isEmpty, record.architecture != ImageConfig.hostArchitecture {
            notes.append("the image is for \(record.architecture), this machine is \(ImageConfig.hostArchitecture)")
        }
        return notes
    }

    private func checkNames(_ names: [String], _ id: String) throws(SandboxError) {
        if replaces { return }
        let present = try store.names()
        for name in names {
            if let other = present[name], other != id {
                throw SandboxError(
                    .alreadyExists, "\"\(name)\" is the name of another image (\(other.prefix(12)))",
                    remedy: "--replace takes the name away from it, --name NAME gives another one")
            }
        }
    }

    /// Moves the layers to their places and writes the image down, as one step for everybody else.
    private func commit(
        _ record: ImageRecord, _ configuration: [UInt8], _ names: [String], _ session: ImportSession
    ) throws(SandboxError) {
        try session.sync()
        try store.locked { () throws(SandboxError) in
            try checkNames(names, record.id)
            try session.publish()
            let folder = store.imageFolder(record.id)
            do throws(Errno) { try makeDirectory(folder, mode: 0o700) } catch {
                if error != .fileExists { throw SandboxError(error, "make \(folder)") }
            }
            try store.replace(folder + "/config.json", configuration)
            try store.replace(folder + "/record.json", record.encoded(pretty: true))
            var all = try store.names()
            for name in names { all[name] = record.id }
            try store.write(all)
        }
    }
}
