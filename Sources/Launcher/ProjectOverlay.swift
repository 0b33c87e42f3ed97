import Diagnostics
import RuntimeSpec

/// Folders of the host between which and the project a build's changes are kept (the kernel's overlay).
package struct ProjectOverlay: Equatable, Sendable {
    /// A path that leads to the project and holds nothing that mount options give a meaning.
    package var lower: String
    package var upper: String
    package var work: String
    /// In the place of `work` where our server shows the project, which has its own.
    package var served: String
    /// The home inside, kept from build to build.
    package var home: String

    package init(lower: String, upper: String, work: String, served: String, home: String) {
        self.lower = lower
        self.upper = upper
        self.work = work
        self.served = served
        self.home = home
    }
}

extension LaunchMaker {
    /// The project behind an overlay. What of git lies outside of it can be read only.
    func addOverlaidProject(
        _ project: Project, _ overlay: ProjectOverlay, _ places: inout Places
    ) throws(SandboxError) {
        let options = [
            "lowerdir=\(overlay.lower)", "upperdir=\(overlay.upper)", "workdir=\(overlay.work)", "userxattr", "nosuid",
            "nodev",
        ]
        var place = Place(
            mount: Spec.Mount(destination: project.folder, type: "overlay", source: "overlay", options: options),
            rank: .project, choice: .kept, why: "project, its changes kept for review")
        place.shown = project.folder
        try places.add(place)
        try places.add(
            Place(
                mount: Place.bind(overlay.home, at: home, readOnly: false, host: host), rank: .system,
                choice: .kept, why: "home of the builds of this project"))
        for layer in project.tree.layers where !Paths.isInside(layer.path, project.folder) {
            try places.add(
                Place(
                    mount: Place.bind(layer.path, readOnly: true, host: host), rank: .guarded, choice: .guarded,
                    why: "git folder of the project"))
        }
    }

    /// Nothing of the project may be changed past the review.
    func checkOverlay() throws(SandboxError) {
        guard launch.projectOverlay != nil else { return }
        guard let project else {
            let reason = if case .none(let reason) = host.project { reason } else { "no project" }
            throw SandboxError(.invalidInput, reason, remedy: "name the folder with --project DIR")
        }
        for bind in launch.binds where !bind.readOnly {
            guard let source = host.sources[bind.source]?.canonical,
                Paths.isInside(source, project.folder) || Paths.isInside(project.folder, source)
            else { continue }
            throw SandboxError(
                .invalidInput, "\(bind.option) \"\(bind.source)\": changes of the project there would not be reviewed",
                remedy: "leave it out: the project is there already")
        }
    }
}
