import ContainerRuntime
import Diagnostics
import LinuxKernel

extension OCIVerb {
    static let kill = OCIVerb(
        name: "kill", usage: "<container-id> [signal]", summary: "send a signal to a container, SIGTERM by default",
        flags: [
            .word("all", "a", help: "send it to every process of the container"),
            .word("regex", "r", help: "the id is a regular expression: every running container that matches"),
        ]
    ) { (context, flags) throws(SandboxError) in
        guard let id = flags.rest.first, flags.rest.count <= 2 else {
            throw SandboxError(
                .invalidInput, "kill: a container's id and at most one signal are needed", remedy: "see: kill --help")
        }
        let signal = try signalNumber(flags.rest.count > 1 ? flags.rest[1] : "SIGTERM")
        let all = flags.has("all")
        guard flags.has("regex") else {
            try context.engine.kill(id, signal: signal, all: all)
            return 0
        }
        try context.forEachMatch(id) { (id) throws(SandboxError) in
            // One that has ended is no failure: it was not named.
            if try context.engine.record(id).currentStatus == .stopped { return }
            try context.engine.kill(id, signal: signal, all: all)
        }
        return 0
    }

    static let delete = OCIVerb(
        name: "delete", usage: "<container-id>", summary: "delete a container",
        flags: [
            .word("force", "f", help: "kill it first; a missing container is no error"),
            .word("regex", "r", help: "the id is a regular expression: every container that matches"),
        ]
    ) { (context, flags) throws(SandboxError) in
        let id = try onlyArgument(flags, "delete")
        let force = flags.has("force")
        if flags.has("regex") {
            try context.forEachMatch(id) { (id) throws(SandboxError) in
                try context.engine.delete(id, force: force)
            }
        } else {
            try context.engine.delete(id, force: force)
        }
        return 0
    }
}
