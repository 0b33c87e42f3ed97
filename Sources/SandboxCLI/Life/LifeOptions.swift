import Diagnostics
import Launcher

/// The options of `sandbox run` about how long a sandbox lives and how others find it.
package struct LifeOptions: Equatable, Sendable {
    package var name: String?
    package var detach = false
    package var tty = false
    package var rm = false

    package init() {}

    mutating func visit(_ options: inout OptionVisitor) {
        options.value("--name", &name, "name", "Call the sandbox so: ps, exec, stop and the like find it by its name.")
        options.flag(
            "--detach", short: "-d", &detach,
            "Run in the background: print the name, keep a journal of the output (sandbox logs), and return.")
        options.flag(
            "--tty", short: "-t", &tty, "With --detach: give the command a terminal, which sandbox attach shows.")
        options.flag("--rm", &rm, "With --detach: forget the sandbox and its journal when it has ended.")
    }

    /// - Parameter command: what an unnamed detached sandbox is called after.
    func life(_ command: [String]) throws(SandboxError) -> LaunchSpec.Life? {
        if tty && !detach {
            throw SandboxError(
                .invalidInput, "--tty belongs to --detach",
                remedy: "without --detach the command has a terminal whenever sandbox has one")
        }
        if rm && !detach {
            throw SandboxError(
                .invalidInput, "--rm belongs to --detach", remedy: "without --detach nothing is kept anyway")
        }
        if detach {
            return LaunchSpec.Life(
                name: name ?? LifeOptions.inventName(command.first ?? ""), keeper: .background(terminal: tty),
                isKept: !rm)
        }
        return name.map { LaunchSpec.Life(name: $0, keeper: .caller) }
    }

    /// The command's name with four random digits: `node-3fa2`.
    private static func inventName(_ command: String) -> String {
        let word = Paths.name(command).utf8.filter { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let digits = String(UInt16.random(in: .min ... .max), radix: 16)
        let base = word.isEmpty ? "sandbox" : String(decoding: word.prefix(32), as: UTF8.self)
        return base + "-" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
