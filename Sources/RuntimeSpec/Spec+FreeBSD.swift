extension Spec {
    /// The section of another platform: kept as it is, but its closed lists are checked, so that a file no runtime
    /// could accept is refused here, too (`config-freebsd.md`, Jail).
    package struct FreeBSD: JSONValue {
        package var json: JSON

        package init(json: JSON) throws(JSONFailure) {
            guard case .object = json else { throw JSONFailure(expected: "an object", found: json) }
            self.json = json
            guard let jail = json["jail"] else { return }
            for key in ["host", "vnet", "ip4", "ip6", "sysvmsg", "sysvsem", "sysvshm"] {
                guard let sharing = jail[key] else { continue }
                let mayBeDisabled = key != "host" && key != "vnet"
                switch sharing {
                case .string("new"), .string("inherit"): continue
                case .string("disable") where mayBeDisabled: continue
                default:
                    let expected = mayBeDisabled ? "new, inherit or disable" : "new or inherit"
                    throw JSONFailure(expected: expected, found: sharing).under(.key(key)).under(.key("jail"))
                }
            }
        }
    }
}
