import ContainerRuntime
import Testing

@Suite("counters of a network")
struct NetworkCountersTests {
    private let quiet = """
        Ip: Forwarding DefaultTTL InReceives OutRequests OutDiscards OutNoRoutes
        Ip: 2 64 10 10 0 0
        Udp: InDatagrams NoPorts InErrors
        Udp: 4 0 0
        UdpLite: InDatagrams NoPorts InErrors
        UdpLite: 0 9 0

        """

    @Test("packets without a route and questions nobody answers are told, of both protocols")
    func misses() {
        #expect(!NetworkCounters(snmp: quiet, snmp6: "Ip6OutNoRoutes \t0\nUdp6NoPorts 0\n").tellOfMisses)
        let lost = quiet.replacing("10 10 0 0", with: "10 10 0 2").replacing("4 0 0", with: "4 3 0")
        let counters = NetworkCounters(snmp: lost, snmp6: "Ip6OutNoRoutes                  \t5\nUdp6NoPorts\t1\n")
        #expect(counters.noRoutes == 7 && counters.noPorts == 4 && counters.tellOfMisses)
    }

    @Test("what is no such file counts nothing")
    func nonsense() {
        #expect(NetworkCounters(snmp: "", snmp6: "") == NetworkCounters())
        #expect(NetworkCounters(snmp: "Ip: OutNoRoutes\nIp: many\nIp:\n\nIp: 1", snmp6: "x y z\n") == NetworkCounters())
        #expect(NetworkCounters(snmp: "Ip: OutNoRoutes\nTcp: 3", snmp6: "") == NetworkCounters())
    }
}
