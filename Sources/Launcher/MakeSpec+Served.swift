import ContainerPlan
import Diagnostics
import OverlayModel
import RuntimeSpec

extension LaunchMaker {
    /// The folders of the host that are served instead of bound, since `--hide` or `--deny` can match something in them.
    /// A bind mount would show all there is.
    ///
    /// What a rule covers as a whole is not laid there; where a person has asked for both, that is refused.
    func served(_ places: inout Places) throws(SandboxError) -> [ServedFolder] {
        let rules = PathRules(
            hidden: launch.rootRules.hidden.compactMap { PathPattern($0) },
            denied: launch.rootRules.denied.compactMap { PathPattern($0) })
        guard !rules.isEmpty, hasOverlay else { return [] }
        var served: [ServedFolder] = []
        try places.change { (place) throws(SandboxError) in
            if place.choice == .kernel || isKernels(place) { return place }
            let here = rules.rooted(at: kernelNames(place.destination))
            if here.isEmpty { return place }
            guard here.verdict([]) == .open else {
                try refuse(place, rules)
                return nil
            }
            guard let changes = changes(place), let source = place.source else { return place }
            let isPart = served.contains { folder in
                guard let inside = Paths.relative(place.destination, to: folder.destination) else { return false }
                return Paths.same(source, inside.isEmpty ? folder.source : Paths.join(folder.source, inside))
            }
            if isPart, place.rank == .guarded { return place }
            served.append(ServedFolder(source: source, destination: place.destination, changes: changes))
            var place = place
            if place.mount.type != "bind" { place.mount = Place.bind(source, readOnly: false, host: host) }
            place.why += ", by the rules of --hide and --deny"
            return place
        }
        guard served.count <= ServedFolder.most else {
            throw SandboxError(
                .unsupported,
                "\(launch.rootRules.firstOption ?? "--hide"): it can match in \(served.count) shared folders, and at most "
                    + "\(ServedFolder.most) can be watched",
                remedy: "share fewer, or begin the pattern with the folder it is meant for")
        }
        return served
    }

    private func isKernels(_ place: Place) -> Bool {
        RootLayout.kernelFolders.contains { Paths.isInside(place.destination, $0) }
    }

    /// Where what is changed in a shared folder goes; nil for what is no folder of the host.
    private func changes(_ place: Place) -> ServedFolder.Changes? {
        switch place.choice {
        case .kept:
            guard place.rank == .project, let overlay = launch.projectOverlay else { return nil }
            return .kept(upper: overlay.upper, work: overlay.served)
        case .hostWritable, .pinned, .hostReadOnly, .guarded: break
        case .copyOnWrite, .empty, .kernel, .hidden: return nil
        }
        if host.resolverFiles.contains(where: { Paths.same($0, place.destination) }) { return nil }
        // Guarded files lie in folders that are shared: part of what is served already.
        if place.rank == .explicit,
            let bind = launch.binds.first(where: { Paths.same($0.destination, place.destination) }),
            host.sources[bind.source]?.kind != .directory
        {
            return nil
        }
        return place.mount.options?.contains { $0 == "ro" || $0 == "rro" } == true ? .refused : .through
    }

    private func refuse(_ place: Place, _ rules: PathRules) throws(SandboxError) {
        guard place.rank == .project || place.rank == .explicit else { return }
        let names = kernelNames(place.destination)
        let hiding = rules.hidden.first { $0.rooted(at: names).start.isMatch }
        let denying = rules.denied.first { $0.rooted(at: names).start.isMatch }
        let option = hiding.map { "--hide \($0.text)" } ?? denying.map { "--deny \($0.text)" } ?? "--hide"
        let what = place.rank == .project ? "the project \(place.destination)" : "what is laid at \(place.destination)"
        throw SandboxError(
            .invalidInput, "\(option): it covers \(what) as a whole",
            remedy: place.rank == .project ? "--no-project, or a pattern for something in it" : "leave one of them out")
    }
}

/// The names of a path as the kernel takes them.
private func kernelNames(_ path: String) -> [[CChar]] { Paths.components(path).map { Array($0.utf8CString) } }
