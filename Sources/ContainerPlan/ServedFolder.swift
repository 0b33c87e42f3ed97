/// A folder of the host that is not bound but served, so that the rules of the root hold in it too.
package struct ServedFolder: Equatable, Sendable {
    package enum Changes: Equatable, Sendable {
        /// They are made to the folder itself.
        case through
        case refused
        /// They go to folders on disk.
        case kept(upper: String, work: String)
    }

    /// Absolute host path.
    package var source: String
    /// Where it is inside; a bind mount of the plan has it too.
    package var destination: String
    package var changes: Changes

    package init(source: String, destination: String, changes: Changes) {
        self.source = source
        self.destination = destination
        self.changes = changes
    }

    /// More devices than these cannot be handed over at once.
    package static let most = 12
}

extension RootPlan {
    private var served: [ServedFolder] {
        guard case .overlay(let overlay) = source else { return [] }
        return overlay.served
    }

    /// Whether a bind mount shows a served folder, or part of one.
    package func serves(_ bind: BindMount) -> Bool {
        if served.isEmpty { return false }
        let around = served.filter { isInside(bind.destination, $0.destination) }
        guard let folder = around.max(by: { $0.destination.utf8.count < $1.destination.utf8.count }) else {
            return false
        }
        return bind.source.dropFirst(folder.source.utf8.count)
            == bind.destination.dropFirst(folder.destination.utf8.count)
            && isInside(bind.source, folder.source)
    }

    /// The step that attaches a served folder itself.
    package func isStep(_ step: Step, of folder: ServedFolder) -> Bool {
        guard case .bind(let bind) = step else { return false }
        return bind.destination == folder.destination && bind.source == folder.source
    }

    private func isInside(_ path: String, _ folder: String) -> Bool {
        path == folder || folder == "/" || path.hasPrefix(folder + "/")
    }
}
