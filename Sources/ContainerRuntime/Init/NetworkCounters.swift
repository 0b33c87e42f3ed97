import Diagnostics
import LinuxKernel

/// What the kernel has counted in this process's network namespace (`/proc/net/snmp`, proc(5)).
package struct NetworkCounters: Equatable, Sendable {
    /// Packets and connections for which there was no route.
    package var noRoutes: UInt64 = 0
    /// Datagrams to a port of the loopback device that nobody listens on: where nobody answers names, so end questions to
    /// a resolver on 127.0.0.53.
    package var noPorts: UInt64 = 0

    package init() {}

    package var tellOfMisses: Bool { noRoutes > 0 || noPorts > 0 }

    /// - Parameters:
    ///   - snmp: two lines for each protocol: names, then values.
    ///   - snmp6: a name and a value in each line.
    package init(snmp: String, snmp6: String) {
        var names: [Substring] = []
        for line in snmp.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 1, words.first == names.first, words.count == names.count else {
                names = words
                continue
            }
            for (name, value) in zip(names, words) { count("\(words[0])\(name)", value) }
        }
        for line in snmp6.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.count == 2 { count(String(words[0]), words[1]) }
        }
    }

    private mutating func count(_ name: String, _ value: Substring) {
        switch name {
        case "Ip:OutNoRoutes", "Ip6OutNoRoutes": noRoutes += UInt64(value) ?? 0
        case "Udp:NoPorts", "Udp6NoPorts": noPorts += UInt64(value) ?? 0
        default: break
        }
    }

    /// Those of this process; none where /proc is not what it should be.
    static func read() -> NetworkCounters {
        func text(_ name: String) -> String {
            do { return try readText("/proc/self/net/\(name)") } catch { return "" }
        }
        return NetworkCounters(snmp: text("snmp"), snmp6: text("snmp6"))
    }
}
