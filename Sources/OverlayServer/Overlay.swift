import Diagnostics
import LinuxKernel
import OverlayModel
import Synchronization

/// The merged tree: the layers, the inodes the kernel knows, and the upper's workshop.
final class Overlay: @unchecked Sendable {
    /// The id the kernel shows for owners outside the id map (/proc/sys/kernel/overflowuid).
    static let overflowID: UInt32 = 65534

    let options: OverlayOptions
    /// The layers' root folders; index 0 is the upper, -1 without one.
    let roots: [CInt]
    let workshop: Workshop?
    let root: Node
    /// Stands for the work folder's index as the folder of the files in it.
    let indexNode: Node
    let tree = TreeLock()
    let table: NodeTable
    let quota: Quota?
    let trace: EventLog?
    let events: EventLog?
    let handles: FolderHandles
    let data: DataHandles
    /// Whether the kernel opens and closes files without saying so (FUSE_NO_OPEN_SUPPORT), which spares two requests for
    /// each. It must ask where opening is what a rule denies, a trace notes or a quota refuses, and where this process
    /// could not open once more what somebody has open.
    let opensUnasked: Bool
    let copies = CopyLocks()
    let numbering: Mutex<InodeNumbering>
    /// Ids of the server: what it creates belongs to them unless changed.
    let ownUser = geteuid()
    let ownGroup = getegid()
    /// Whether `trusted.` attributes can be used: root of the first user namespace.
    let isPrivileged: Bool

    init(_ configuration: borrowing OverlayConfiguration) throws(SandboxError) {
        options = configuration.options
        quota = options.quota.map { Quota($0) }
        let handleLimit = Self.handleLimit()
        handles = FolderHandles(limit: handleLimit)
        data = DataHandles(limit: handleLimit)
        table = NodeTable(quota: quota, data: data, handles: handles)
        opensUnasked =
            options.opensUnasked && configuration.upper != nil && options.usesWriteback && options.rules.isEmpty
            && options.trace == nil
            && Self.mayOpenEverything()
        trace = options.trace.map { EventLog($0) }
        events = options.events.map { EventLog($0) }
        let lowers = configuration.lowers
        guard !lowers.isEmpty || options.writesThrough else {
            throw SandboxError(.invalidInput, "an overlay needs a lower folder")
        }
        if let upper = configuration.upper, options.writesThrough {
            workshop = try Workshop(writingThrough: upper)
        } else if let upper = configuration.upper {
            guard let work = configuration.work else {
                throw SandboxError(.invalidInput, "an upper folder needs a work folder")
            }
            try VolatileMark.check(work)
            workshop = try Workshop(upper: upper, work: work)
            if let quota { try attempt("count what the upper holds") { () throws(Errno) in try quota.count(upper) } }
        } else {
            workshop = nil
        }
        roots = [configuration.upper ?? -1] + lowers
        var numbers = InodeNumbering()
        root = try attempt("read the layers") { [roots, options] () throws(Errno) in
            try Self.makeRoot(roots, options, numbers: &numbers)
        }
        numbering = Mutex(numbers)
        isPrivileged = geteuid() == 0 && Self.isFirstUserNamespace()
        var state = Node.State(location: nil, identity: root.state.withLock { $0.identity })
        if let workshop { state.branches = [Branch(layer: 0, handle: workshop.index)] }
        indexNode = Node(
            kind: S_IFDIR, origin: Identity(device: 0, inode: 0), number: 0, layer: 0, names: [], state: state)
    }

    var hasUpper: Bool { workshop != nil }

    /// The workshop of a writable overlay, EROFS for a read-only one.
    func writable() throws(Errno) -> Workshop {
        guard let workshop else { throw .readOnlyFileSystem }
        return workshop
    }

    /// Whether every id maps to itself (user_namespaces(7), "uid_map").
    private static func isFirstUserNamespace() -> Bool {
        guard let map = try? readText("/proc/self/uid_map") else { return false }
        return map.split(separator: " ").map { $0.filter { $0 != "\n" } } == ["0", "0", "4294967295"]
    }

    /// Whether modes do not keep this process from files whose owners its user namespace has.
    private static func mayOpenEverything() -> Bool {
        let dacOverride: UInt64 = 1 << 1  // CAP_DAC_OVERRIDE of <linux/capability.h>
        guard let sets = try? threadCapabilities() else { return false }
        return sets.effective & dacOverride != 0
    }

    /// A quarter of the descriptors the process may open, at most 4096; the rest is for open files.
    private static func handleLimit() -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(min(limit.rlim_cur, 16384) / 4)
    }

    private static func makeRoot(
        _ roots: [CInt], _ options: OverlayOptions, numbers: inout InodeNumbering
    ) throws(Errno) -> Node {
        var branches: [Branch] = []
        var top: stat?
        var bottom: stat?
        for (layer, descriptor) in roots.enumerated() where descriptor >= 0 {
            let status = try descriptorStatus(descriptor)
            guard OverlayServer.isFolder(status) else { throw .notDirectory }
            _ = numbers.index(of: UInt64(status.st_dev))
            top = top ?? status
            bottom = status
            let copy = try openPath(at: descriptor, ".", O_PATH | O_DIRECTORY)
            let marks = options.isPlain(layer) ? FolderMarks() : Self.marks(descriptor, nil)
            branches.append(
                Branch(
                    layer: layer, hasAttributeWhiteouts: marks.attributeWhiteouts, isImpure: marks.impure,
                    handle: FolderHandle(copy)))
        }
        guard let top, let bottom else { throw .invalidArgument }
        let origin = Identity(bottom)
        let number = InodeNumbering.number(index: numbers.index(of: origin.device), inode: origin.inode)
        let node = Node(
            kind: S_IFDIR, origin: origin, number: number, layer: branches[0].layer, names: [],
            state: Node.State(location: nil, identity: Identity(top), branches: branches))
        node.lookups = 1
        _ = Unmanaged.passRetained(node)
        return node
    }

    /// The inode number shown for a layer's inode.
    func number(_ identity: Identity) -> UInt64 {
        InodeNumbering.number(
            index: numbering.withLock { $0.index(of: identity.device) }, inode: identity.inode)
    }

    /// A layer's folder at a path from its root, links not followed.
    private func openFolder(_ path: RedirectPath, layer: Int) throws(Errno) -> Descriptor {
        var folder = try openPath(at: roots[layer], ".", O_PATH | O_DIRECTORY)
        for name in path.names { folder = try openEntry(at: folder.raw, name, O_PATH | O_DIRECTORY) }
        return folder
    }

    /// The open folder of a node in a layer. The tree lock is held.
    func folder(_ node: Node, layer: Int) throws(Errno) -> FolderHandle {
        if let known = node.handle(layer: layer) { return known }
        let (location, path) = try node.state.withLock { (state) throws(Errno) in
            guard let branch = state.branches.first(where: { $0.layer == layer }) else {
                throw Errno.noSuchFileOrDirectory
            }
            return (state.location, branch.path)
        }
        let opened: Descriptor
        if let path {
            opened = try openFolder(path, layer: layer)
        } else {
            guard let location else { throw .staleHandle }
            let parent = try folder(location.parent, layer: layer)
            opened = try openEntry(at: parent.descriptor, location.name, O_PATH | O_DIRECTORY)
        }
        let handle = FolderHandle(opened)
        let kept = node.state.withLock { state -> FolderHandle in
            guard let index = state.branches.firstIndex(where: { $0.layer == layer }) else { return handle }
            if let other = state.branches[index].handle { return other }
            state.branches[index].handle = handle
            return handle
        }
        if kept === handle { handles.add(node, layer: layer) }
        return kept
    }
}

extension Errno {
    static var staleHandle: Errno { Errno(rawValue: Glibc.ESTALE) }
    static var crossDevice: Errno { Errno(rawValue: Glibc.EXDEV) }
    static var noAttribute: Errno { Errno(rawValue: Glibc.ENODATA) }
}

/// One data copy at a time for each inode: locks shared by the inodes that hash alike.
final class CopyLocks: @unchecked Sendable {
    private let locks: [UnsafeMutablePointer<pthread_mutex_t>]

    init() {
        locks = (0..<64).map { _ in
            let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
            pthread_mutex_init(lock, nil)
            return lock
        }
    }

    func holding<Value: ~Copyable>(_ node: Node, _ body: () throws(Errno) -> Value) throws(Errno) -> Value {
        let lock = locks[Int(node.handle >> 4) & 63]
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body()
    }
}
