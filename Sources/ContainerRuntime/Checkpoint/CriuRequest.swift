/// One request to criu (criu's `rpc.proto`, whose field numbers these are).
struct CriuRequest {
    enum Kind: UInt64, Sendable {
        case dump = 1
        case restore = 2
        case preDump = 4
        case notify = 6
    }

    /// Where something outside of the container is found: by its place when dumping, by its source when restoring.
    struct ExternalMount: Equatable {
        var key: String
        var value: String
    }

    var kind: Kind
    var options: CheckpointOptions
    /// Descriptors of criu's own process.
    var imageFolder: CInt = -1
    var workFolder: CInt?
    var logName: String
    /// The container's root: on the host when dumping, a mount point made for criu when restoring.
    var root: String
    var pid: Int32?
    var freezer: String?
    var configuration: String?
    var externalMounts: [ExternalMount] = []
    /// `net[4026531840]:extRootNetNS`.
    var externals: [String] = []
    /// Keys of what criu inherits by descriptor.
    var inherited: [(key: String, descriptor: CInt)] = []
    var joinedNamespaces: [(kind: String, path: String)] = []
    var cgroupRoots: [(controllers: String, path: String)] = []
    var isUnprivileged = false

    var bytes: [UInt8] {
        var request = MessageWriter()
        request.put(1, kind.rawValue)
        request.put(2, optionFields)
        return request.bytes
    }

    /// The answer to a notification.
    static func answer(succeeded: Bool) -> [UInt8] {
        var request = MessageWriter()
        request.put(1, Kind.notify.rawValue)
        request.put(3, succeeded ? 1 : 0)
        return request.bytes
    }

    private var optionFields: MessageWriter {
        var fields = MessageWriter()
        fields.put(1, UInt64(imageFolder))
        if let pid { fields.put(2, UInt64(pid)) }
        fields.put(3, flag: options.leavesRunning)
        fields.put(4, flag: options.externalSockets)
        fields.put(5, flag: options.tcpEstablished)
        fields.put(6, flag: kind == .restore)  // evasive devices: a device may have moved
        fields.put(7, flag: options.shellJob)
        fields.put(8, flag: options.fileLocks)
        fields.put(9, 4)
        fields.put(10, logName)
        if let server = options.pageServer {
            var message = MessageWriter()
            message.put(1, server.address)
            message.put(2, UInt64(server.port))
            fields.put(11, message)
        }
        fields.put(12, 1)  // notifications
        fields.put(13, root)
        if let parent = options.parentPath {
            fields.put(14, parent)
            fields.put(15, 1)
        }
        fields.put(16, flag: options.autoDedup)
        if let workFolder { fields.put(17, UInt64(workFolder)) }
        fields.put(18, flag: options.linkRemap)
        putSurroundings(&fields)
        fields.put(46, flag: options.tcpSkipInFlight)
        fields.put(48, flag: options.lazyPages)
        fields.put(50, 1)  // terminals whose master is outside
        if let configuration { fields.put(51, configuration) }
        if let profile = options.lsmProfile { fields.put(53, profile) }
        if let context = options.lsmMountContext { fields.put(63, context) }
        fields.put(67, flag: isUnprivileged)
        return fields
    }

    /// Mounts, namespaces and cgroups.
    private func putSurroundings(_ fields: inout MessageWriter) {
        for mount in externalMounts {
            var message = MessageWriter()
            message.put(1, mount.key)
            message.put(2, mount.value)
            fields.put(23, message)
        }
        fields.put(24, 1)
        for group in cgroupRoots {
            var message = MessageWriter()
            message.put(1, group.controllers)
            message.put(2, group.path)
            fields.put(25, message)
        }
        fields.put(26, flag: kind == .restore)  // the restored init becomes our child
        for entry in inherited {
            var message = MessageWriter()
            message.put(1, entry.key)
            message.put(2, UInt64(entry.descriptor))
            fields.put(27, message)
        }
        fields.put(34, CheckpointOptions.CgroupsMode.number(options.cgroupsMode))
        for external in externals { fields.put(37, external) }
        // The devices of a network namespace are the engine's business: CLONE_NEWNET.
        fields.put(38, 0x4000_0000)
        for namespace in joinedNamespaces {
            var message = MessageWriter()
            message.put(1, namespace.kind)
            message.put(2, namespace.path)
            fields.put(39, message)
        }
        if let freezer { fields.put(44, freezer) }
    }
}

/// One message of criu's.
struct CriuResponse: Equatable {
    var kind: UInt64
    var succeeded: Bool
    /// The name of what happened, and the process it happened to.
    var notification: String?
    var notifiedPID: Int32?
    var errno: Int32?
    var message: String?

    init?(_ bytes: [UInt8]) {
        guard let reader = MessageReader(bytes), let kind = reader.numbers[1], let success = reader.numbers[2] else {
            return nil
        }
        self.kind = kind
        succeeded = success != 0
        let notify = reader.message(5)
        notification = notify?.text(1)
        notifiedPID = notify?.numbers[2].map { Int32(truncatingIfNeeded: $0) }
        errno = reader.numbers[7].map { Int32(truncatingIfNeeded: $0) }
        message = reader.text(9)
    }
}
