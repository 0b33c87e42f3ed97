import Diagnostics

extension Spec {
    /// The section of another platform: kept as it is, but its closed lists are checked, so that a file no runtime
    /// could accept is refused here, too (`config-freebsd.md`, Jail).
    package struct FreeBSD: JSONValue {
        package var json: JSON

        package init(json: JSON, at path: JSONPath) throws(SandboxError) {
            guard case .object = json else { throw path.mismatch("an object", json) }
            self.json = json
            guard let jail = json["jail"] else { return }
            for key in ["host", "vnet", "ip4", "ip6", "sysvmsg", "sysvsem", "sysvshm"] {
                guard let sharing = jail[key] else { continue }
                let mayBeDisabled = key != "host" && key != "vnet"
                switch sharing {
                case .string("new"), .string("inherit"): continue
                case .string("disable") where mayBeDisabled: continue
                default:
                    let path = JSONPath.member(.member(path, "jail"), key)
                    throw path.mismatch(mayBeDisabled ? "new, inherit or disable" : "new or inherit", sharing)
                }
            }
        }
    }
}
