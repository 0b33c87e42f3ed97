import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// A user namespace whose id maps are being written while the caller still decides what the sandbox is to be: the
/// setuid helpers take longer than the decision.
package final class PreparedNamespace {
    private let maps: IDMaps
    private let keeper: CloneKeeper
    private var helpers: RunningMapHelpers?
    private let ownsNetwork: Bool

    private init(_ maps: IDMaps, _ keeper: CloneKeeper, _ helpers: RunningMapHelpers, ownsNetwork: Bool) {
        self.maps = maps
        self.keeper = keeper
        self.helpers = helpers
        self.ownsNetwork = ownsNetwork
    }

    /// Starts the helpers for maps that only they may write. Nil where they are not needed, and for whatever fails: then
    /// the container's creation fails the same way, and says so.
    ///
    /// - Parameter ownsNetwork: whether the container is expected to have a network namespace of its own, which takes the
    ///   kernel as long as all the others together many times over: it is made meanwhile.
    package static func start(
        users: [Spec.Linux.IDMapping], groups: [Spec.Linux.IDMapping], ownsNetwork: Bool
    ) -> PreparedNamespace? {
        let maps = IDMaps(uids: users, gids: groups)
        guard geteuid() != 0, needHelpers(maps) else { return nil }
        do {
            let mask = try setSignalMask(.all)
            defer { do { try setSignalMask(mask) } catch {} }  // a mask that it gave us cannot be refused
            let keeper = try CloneKeeper(
                flags: UInt64(CLONE_NEWUSER), early: ownsNetwork ? UInt64(CLONE_NEWNET) : 0)
            do {
                return PreparedNamespace(
                    maps, keeper, try RunningMapHelpers(maps, pid: keeper.pid), ownsNetwork: ownsNetwork)
            } catch {
                keeper.discard()
                return nil
            }
        } catch { return nil }
    }

    /// Whether it is what a plan asks for.
    func fits(_ plan: Plan) -> Bool {
        plan.idMaps == maps && plan.namespaces.joined.isEmpty && plan.namespaces.makes(.user)
            && (!ownsNetwork || plan.namespaces.makes(.network))
    }

    /// The user namespace, for those who are to enter it.
    func open() throws(SandboxError) -> Descriptor {
        try attempt("open the container's user namespace") { () throws(Errno) in
            try openPath("/proc/\(keeper.pid)/ns/user", O_RDONLY)
        }
    }

    /// Clones init into it and new namespaces of `flags`, once the maps are written.
    func clone(flags: UInt64, body: () -> Never) throws(SandboxError) -> Child {
        try within("linux.uidMappings") { () throws(SandboxError) in
            if let helpers = helpers.take() { try helpers.finish() }
        }
        do { return try keeper.clone(flags: flags, body: body) } catch {
            throw SandboxError(error, "clone into new namespaces", remedy: remedyForClone(error, flags))
        }
    }

    /// Ends what is left of it; nothing is when it has been used.
    package func discard() {
        // Whatever they say, nobody asks any more.
        if let helpers = helpers.take() { do { try helpers.finish() } catch {} }
        keeper.discard()
    }
}
