import Diagnostics

extension LaunchMaker {
    /// Guards, inside every folder that an option shares writable, what is guarded anywhere: a second way to a file
    /// that is read-only at its own path would be a way around.
    ///
    /// Folders between the shared one and what is guarded are pinned, the project's own too: `--bind ~/src` must not
    /// let `~/src/group`, with the project in it, be renamed away and made anew.
    func addGuardsInBinds(_ places: inout Places) throws(SandboxError) {
        let layers =
            guardedTrees.flatMap(\.layers) + (project.map { [Layer($0.folder, readOnly: false)] } ?? [])
        for bind in places.all where bind.rank == .explicit && bind.choice == .hostWritable {
            guard let source = bind.source else { continue }
            for layer in layers where !Paths.same(layer.path, source) {
                guard let inside = Paths.relative(layer.path, to: source) else { continue }
                try pin(inside, in: bind, source: source, &places)
                if layer.readOnly { try addGuard(Paths.join(bind.destination, inside), of: layer, &places) }
            }
        }
    }

    private func addGuard(_ destination: String, of layer: Layer, _ places: inout Places) throws(SandboxError) {
        try places.add(
            Place(
                mount: Place.bind(layer.path, at: destination, readOnly: true, host: host), rank: .guarded,
                choice: .guarded, why: "programs of the host act on it"))
    }

    /// Makes each folder on the way to `inside` a mount point, unless something lies there already.
    private func pin(
        _ inside: String, in bind: Place, source: String, _ places: inout Places
    ) throws(SandboxError) {
        var way = ""
        for name in Paths.components(inside).dropLast() {
            way = way.isEmpty ? name : way + "/" + name
            let destination = Paths.join(bind.destination, way)
            if places.all.contains(where: { Paths.same($0.destination, destination) }) { continue }
            try places.add(
                Place(
                    mount: Place.bind(Paths.join(source, way), at: destination, readOnly: false, host: host),
                    rank: .guarded, choice: .pinned, why: "holds guarded files"))
        }
    }
}
