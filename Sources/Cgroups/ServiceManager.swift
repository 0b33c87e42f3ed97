import Diagnostics
import LinuxKernel

/// What is asked of systemd's manager over one connection (org.freedesktop.systemd1(5)).
struct ServiceManager: ~Copyable {
    private var connection: DBusConnection

    /// - timeout: for the whole exchange, jobs included.
    init(_ addresses: [String], user: Bool, timeout: Duration = .seconds(30)) throws(SandboxError) {
        do {
            connection = try DBusConnection(addresses, timeout: timeout)
        } catch {
            let who = user ? "the user's service manager" : "systemd"
            throw error.within("ask \(who)").hinting(
                user
                    ? "start one for this user with `loginctl enable-linger`, or log in with a session of your own"
                    : "use the cgroup files instead: leave out --systemd-cgroup")
        }
        if connection.isBus {
            _ = connection.queue(
                .bus(
                    "AddMatch",
                    [
                        .string(
                            "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1',"
                                + "interface='org.freedesktop.systemd1.Manager',member='JobRemoved'")
                    ]))
        }
    }

    /// Starts a transient unit and waits until it runs.
    ///
    /// One left from before that failed is cleared away, and one that is just ending is waited for.
    mutating func startTransientUnit(_ name: String, _ properties: [SystemdProperty]) throws(SandboxError) {
        let call = DBusMessage.manager(
            "StartTransientUnit",
            [.string(name), .string("fail"), properties.wire, .array("(sa(sv))", [])])
        for attempt in 0... {
            do {
                let job = try connection.call(call)
                return try finish(job, "start", name)
            } catch {
                guard error.kind == .alreadyExists, attempt < 25 else { throw error.within("start \(name)") }
                if attempt == 0 { try resetFailed(name) }
                sleepFor(.milliseconds(20))
            }
        }
    }

    /// Stops a unit and waits until it is gone; fine when it is gone already.
    mutating func stopUnit(_ name: String) throws(SandboxError) {
        do {
            let job = try connection.call(.manager("StopUnit", [.string(name), .string("replace")]))
            try finish(job, "stop", name)
        } catch {
            if error.kind != .notFound { throw error.within("stop \(name)") }
        }
    }

    mutating func setProperties(_ name: String, _ properties: [SystemdProperty]) throws(SandboxError) {
        _ = try within("set properties of \(name)") { () throws(SandboxError) in
            try connection.call(.manager("SetUnitProperties", [.string(name), .boolean(true), properties.wire]))
        }
    }

    /// Clears a unit that has failed, so that its name is free again.
    mutating func resetFailed(_ name: String) throws(SandboxError) {
        do { _ = try connection.call(.manager("ResetFailedUnit", [.string(name)])) } catch {
            if error.kind != .notFound { throw error.within("reset \(name)") }
        }
    }

    /// Moves processes into a unit's group or one below it; the system's manager helps the user's where the kernel
    /// wants rights on both places.
    mutating func attach(_ pid: pid_t, to name: String, below: String) throws(SandboxError) {
        _ = try within("move process \(pid) into \(name)") { () throws(SandboxError) in
            try connection.call(
                .manager(
                    "AttachProcessesToUnit",
                    [.string(name), .string(below), .array("u", [.uint32(UInt32(bitPattern: pid))])]))
        }
    }

    /// Waits for the end of a job: signal `JobRemoved(u id, o job, s unit, s result)`.
    private mutating func finish(
        _ reply: [DBusValue], _ verb: String, _ name: String
    ) throws(SandboxError) {
        guard let job = reply.first?.text else { throw SandboxError(.system, "systemd named no job") }
        let end = try connection.signal { signal in
            signal.member == "JobRemoved" && signal.body.count == 4 && signal.body[1].text == job
        }
        let result = end.body[3].text ?? ""
        if result != "done" {
            throw SandboxError(.system, "the job to \(verb) it ended as \"\(result)\"", remedy: "see journalctl -e")
        }
    }
}
