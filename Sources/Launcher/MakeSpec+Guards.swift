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

    /// A mount needs a place to stand on. Inside a folder of the host that place must be there: it cannot be made in a
    /// read-only one, and in a writable one it would stay behind on the host.
    func checkMountPoints(_ places: Places) throws(SandboxError) {
        for place in places.all where place.rank == .explicit {
            let around = places.all.filter {
                Paths.isInside(place.destination, $0.destination) && !Paths.same($0.destination, place.destination)
            }.max { $0.destination.utf8.count < $1.destination.utf8.count }
            // The home of a shell or of builds is the sandbox's own: there it can be made.
            if around?.choice == .kept, around?.rank == .system { continue }
            guard let around, let source = around.source,
                let inside = Paths.relative(place.destination, to: around.destination)
            else { continue }
            let path = Paths.join(source, inside)
            if host.existing.contains(where: { Paths.same($0, path) }) { continue }
            let canBeOverlay = around.rank == .system && host.hasFuse
            throw SandboxError(
                .notFound, "\(place.option ?? place.why): there is no \(path) to lay it on",
                remedy: canBeOverlay
                    ? "--writable \(around.destination) lets it be made in the copy" : "make it on the host first")
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
