import Diagnostics
import LinuxKernel
import RuntimeSpec

extension ImageStore {
    /// Writes an image's whole tree into a folder, which must be empty; its files get the owners that layers have.
    ///
    /// One worker reads a layer, another lays it over what is there.
    package func flatten(_ id: String, into folder: String) throws(SandboxError) {
        let held = try hold(id)
        let record = try record(id)
        let target = try attempt("open \(folder)") { () throws(Errno) in
            try openPath(folder, O_RDONLY | O_DIRECTORY)
        }
        for layer in record.layers {
            try within("layer \(layer.prefix(12))") { () throws(SandboxError) in try lay(layer, into: target.raw) }
        }
        _ = held.raw  // in use until here
    }

    private func lay(_ layer: String, into target: CInt) throws(SandboxError) {
        let tree = try attempt("open it") { () throws(Errno) in
            try openPath(self.tree(of: layer), O_RDONLY | O_DIRECTORY)
        }
        let pipe = try attempt("make a pipe") { () throws(Errno) in try Pipe() }
        let output = pipe.writing.raw
        let reading = try worker.start(in: tree.raw, keeping: [output]) { (_) throws(SandboxError) in
            var packer = try LayerPacker(output)
            try packer.pack()
            return .null
        }
        let input = pipe.takeReading()
        let inputNumber = input.raw
        let laying: RunningWorker
        do {
            laying = try worker.start(in: target, keeping: [inputNumber]) { (place) throws(SandboxError) in
                var reader = TarReader(inputNumber, needsEnd: true)
                var unpacker = try Unpacker(users: place.users, groups: place.groups)
                unpacker.applies = true
                var limits = UnpackLimits()
                (limits.entries, limits.bytes) = (.max, .max)
                try unpacker.unpack(&reader, limits: limits)
                return .null
            }
        } catch {
            reading.stop()
            throw error
        }
        // Ours goes, so that the reader learns of the other's end.
        Glibc.close(input.release())
        do {
            _ = try laying.finish()
        } catch {
            reading.stop()
            throw error
        }
        _ = try reading.finish()
    }
}
