import RuntimeSpec

extension Profile {
    /// Whether Landlock is to hold TCP ports.
    package var hasPortRules: Bool { landlock?.tcpBind != nil || landlock?.tcpConnect != nil }

    /// What Landlock's rules of TCP ports do not see, refused by the filter; they come before all others.
    ///
    /// Landlock looks at bind(2) and connect(2) of TCP sockets. Data sent with MSG_FASTOPEN connects without
    /// connect(2), and the sockets of MPTCP and SMC are no TCP sockets to it, though TCP is what they speak. sendmmsg(2)
    /// takes nothing but MSG_EOR from the flags of its single messages, so its argument tells all. A ring of io_uring(7)
    /// and socketcall(2) do the same with arguments in memory, where no filter sees them.
    ///
    /// The errors are those of kernels without these features: programs fall back to plain TCP.
    package var portRules: [Rule] {
        guard hasPortRules else { return [] }
        var rules: [Rule] = []
        for protocolNumber in [Self.multipath, Self.sharedMemory] {
            for family in [Self.internet, Self.internet6] {
                rules.append(
                    Self.refusal(["socket"], 93, [Self.argument(0, is: family), Self.argument(2, is: protocolNumber)]))
            }
        }
        rules.append(Self.refusal(["socket"], 97, [Self.argument(0, is: Self.sharedMemoryFamily)]))
        rules.append(Self.refusal(["sendto", "sendmmsg"], 95, [Self.fastOpen(in: 3)]))
        rules.append(Self.refusal(["sendmsg"], 95, [Self.fastOpen(in: 2)]))
        rules.append(
            Self.refusal(["setsockopt"], 92, [Self.argument(1, is: 6), Self.argument(2, is: Self.fastOpenConnect)]))
        rules.append(Self.refusal(["io_uring_setup", "socketcall"], 38, nil))
        return rules
    }

    private static let internet: UInt64 = 2
    private static let internet6: UInt64 = 10
    private static let sharedMemoryFamily: UInt64 = 43
    /// IPPROTO_SMC.
    private static let sharedMemory: UInt64 = 256
    /// IPPROTO_MPTCP.
    private static let multipath: UInt64 = 262
    /// TCP_FASTOPEN_CONNECT.
    private static let fastOpenConnect: UInt64 = 30

    /// MSG_FASTOPEN among the flags, whatever else is.
    private static func fastOpen(in index: UInt32) -> Spec.Linux.Seccomp.Argument {
        .init(index: index, value: 0x2000_0000, valueTwo: 0x2000_0000, op: .maskedEqual)
    }

    /// The kernel takes these arguments as `int`s: a high half means nothing.
    private static func argument(_ index: UInt32, is value: UInt64) -> Spec.Linux.Seccomp.Argument {
        .init(index: index, value: 0xffff_ffff, valueTwo: value, op: .maskedEqual)
    }

    private static func refusal(
        _ names: [String], _ errno: UInt32, _ arguments: [Spec.Linux.Seccomp.Argument]?
    ) -> Rule {
        var rule = Rule(names: names, action: .errno)
        rule.errnoRet = errno
        rule.args = arguments
        rule.comment = "Landlock's rules of TCP ports do not see it."
        return rule
    }
}
