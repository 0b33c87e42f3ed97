import Foundation
import Testing

extension Host {
    /// Root may make groups with a memory controller.
    static let makesCgroups: Bool = {
        guard isRoot else { return false }
        let legacy = "/sys/fs/cgroup/memory/memory.limit_in_bytes"
        if access(legacy, F_OK) == 0 { return access("/sys/fs/cgroup/memory", W_OK) == 0 }
        return readText("/sys/fs/cgroup/cgroup.controllers").contains("memory")
            && access("/sys/fs/cgroup", W_OK) == 0
    }()
}

extension Trait where Self == ConditionTrait {
    static var needsCgroups: Self {
        .enabled(if: Host.makesCgroups, "no cgroup with a memory controller can be made here, or not by this user")
    }
}
