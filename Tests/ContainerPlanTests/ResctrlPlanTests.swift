import ContainerPlan
import Diagnostics
import RuntimeSpec
import Testing

@Suite("resctrl classes")
struct ResctrlPlanTests {
    private typealias Rdt = Spec.Linux.IntelRdt

    private func planned(_ rdt: Rdt, present: String? = nil) throws -> ResctrlPlan {
        try planResctrl(rdt, id: "web", schemata: present)
    }

    @Test("without closID the class has the container's id, is made, and goes with it")
    func own() throws {
        let plan = try planned(Rdt(l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=20"))
        #expect(
            plan
                == ResctrlPlan(folder: "web", makes: true, isOwn: true, lines: ["L3:0=f", "MB:0=20"], monitor: nil))
    }

    @Test("schemata are written last, after the older properties")
    func order() throws {
        let plan = try planned(Rdt(schemata: ["L2:0=1", "L3:0=2"], l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=20"))
        #expect(plan.lines == ["L3:0=f", "MB:0=20", "L2:0=1", "L3:0=2"])
    }

    @Test("a class that is named is made when there is something to write, and stays")
    func named() throws {
        let plan = try planned(Rdt(closID: "gold", schemata: ["L3:0=f"]))
        #expect(plan == ResctrlPlan(folder: "gold", makes: true, isOwn: false, lines: ["L3:0=f"], monitor: nil))
    }

    @Test("a class that is named and not there is an error when there is nothing to write")
    func missing() {
        let error = #expect(throws: SandboxError.self) { try planned(Rdt(closID: "gold")) }
        #expect(error?.message.hasPrefix("linux.intelRdt.closID: ") == true)
    }

    @Test("one that is there is joined; what the bundle says of it must be so already")
    func existing() throws {
        let file = "    MB:0=100;1=100\n    L3:0=00ff;1=0f\n"
        let joined = ResctrlPlan(folder: "gold", makes: false, isOwn: false, lines: [], monitor: nil)
        #expect(try planned(Rdt(closID: "gold"), present: file) == joined)
        #expect(try planned(Rdt(closID: "gold", schemata: ["L3:0=ff;1=f", "MB:1=100"]), present: file) == joined)
        for other in ["L3:0=f0", "MB:0=20", "L2:0=1", "L3:2=f"] {
            let error = #expect(throws: SandboxError.self) {
                try planned(Rdt(closID: "gold", schemata: [other]), present: file)
            }
            #expect(error?.message.contains(other) == true)
        }
    }

    @Test("the default class is the root of the file system")
    func root() throws {
        let plan = try planned(Rdt(closID: "/", enableMonitoring: true), present: "L3:0=f\n")
        #expect(plan.folder.isEmpty && !plan.makes && plan.monitor == "mon_groups/web")
    }

    @Test("the monitoring group is below the class")
    func monitor() throws {
        #expect(try planned(Rdt(enableMonitoring: true)).monitor == "web/mon_groups/web")
        #expect(try planned(Rdt(enableMonitoring: false)).monitor == nil)
    }
}
