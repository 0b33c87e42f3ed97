import ContainerPlan
import Diagnostics
import RuntimeSpec
import Testing

/// A good specification that every case breaks in one place.
func good() -> Spec {
    let kinds: [Spec.Linux.Namespace.Kind] = [.pid, .network, .ipc, .uts, .mount]
    return Spec(
        ociVersion: "1.3.0", process: Spec.Process(args: ["sh"], cwd: "/"), root: Spec.Root(path: "rootfs"),
        linux: Spec.Linux(namespaces: kinds.map { Spec.Linux.Namespace(kind: $0) }))
}

/// A row of a table: what is changed in a good specification, and what is said about it; nil: it is still good.
struct Row: Sendable, CustomTestStringConvertible {
    let message: String?
    let change: @Sendable (inout Spec) -> Void
    let line: Int

    init(_ message: String?, line: Int = #line, _ change: @escaping @Sendable (inout Spec) -> Void) {
        self.message = message
        self.change = change
        self.line = line
    }

    var testDescription: String { "line \(line): \(message ?? "accepted")" }

    func check() {
        var spec = good()
        change(&spec)
        var found: String?
        do { try validate(spec) } catch { found = error.description }
        #expect(found == message, "line \(line)")
    }
}
