extension LaunchHost {
    /// A command must not write the file that decides about the next one, wherever in the project it is.
    mutating func guardProjectFile(_ launch: LaunchSpec, _ files: some HostFiles) {
        guard let path = launch.projectFile, case .found(var found) = project, Paths.isInside(path, found.folder),
            !found.tree.layers.contains(where: { Paths.same($0.path, path) })
        else { return }
        found.tree.guardOrWatch(path, within: found.folder, files: files)
        found.tree.layers.sort { Paths.ordered($0.path, $1.path) }
        project = .found(found)
    }
}
