/// What engines say to `checkpoint` and `restore`, in criu(8)'s terms.
package struct CheckpointOptions: Equatable, Sendable {
    /// What criu does about cgroups: with `ignore` restored processes stay where criu was.
    package enum CgroupsMode: String, Sendable, CaseIterable {
        case soft, full, strict, ignore

        /// criu's number of it; without a mode criu's default.
        static func number(_ mode: CgroupsMode?) -> UInt64 {
            switch mode {
            case .ignore: 0
            case .soft: 3
            case .full: 4
            case .strict: 5
            case nil: 6
            }
        }
    }

    /// Who takes the memory of the dumped processes over the network.
    package struct PageServer: Equatable, Sendable {
        package var address: String
        package var port: UInt16

        package init(address: String, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// Absolute.
    package var imagePath: String
    /// Absolute; nil: the images' folder.
    package var workPath: String?
    /// Relative to `imagePath`: the images of a dump before this one.
    package var parentPath: String?
    package var leavesRunning = false
    package var tcpEstablished = false
    package var tcpSkipInFlight = false
    package var linkRemap = false
    package var externalSockets = false
    package var shellJob = false
    package var fileLocks = false
    package var preDump = false
    package var lazyPages = false
    /// Gets a zero byte when pages can be asked for.
    package var statusDescriptor: Int32?
    package var pageServer: PageServer?
    package var cgroupsMode: CgroupsMode?
    package var autoDedup = false
    package var lsmProfile: String?
    package var lsmMountContext: String?

    package init(imagePath: String) { self.imagePath = imagePath }
}
