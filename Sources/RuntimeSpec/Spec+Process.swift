extension Spec {
    /// The container's command and what it runs as (`config.md`, Process); also the document of `exec --process`.
    package struct Process: SpecObject {
        /// Whether standard input, output and error are a pseudoterminal.
        package var terminal: Bool?
        /// The terminal's first size; ignored without `terminal`.
        package var consoleSize: ConsoleSize?
        /// Who runs it.
        package var user: User
        /// The command and its arguments.
        package var args: [String]?
        /// Windows only; kept, and not used.
        package var commandLine: String?
        /// The whole environment, as `KEY=VALUE`.
        package var env: [String]?
        /// Absolute, inside the container.
        package var cwd: String
        /// What is kept of root's powers; without it nothing is.
        package var capabilities: Capabilities?
        /// Resource limits, at most one of a kind.
        package var rlimits: [RLimit]?
        /// PR_SET_NO_NEW_PRIVS: execve(2) gives no more than the process has.
        package var noNewPrivileges: Bool?
        /// The AppArmor profile to change to at execve(2).
        package var apparmorProfile: String?
        /// -1000 to 1000; without it, what the runtime has.
        package var oomScoreAdj: Int32?
        /// Scheduling policy (sched_setattr(2)).
        package var scheduler: Scheduler?
        /// The SELinux label to run under.
        package var selinuxLabel: String?
        /// I/O scheduling class (ioprio_set(2)).
        package var ioPriority: IOPriority?
        /// CPUs for processes of `exec`.
        package var execCPUAffinity: CPUAffinity?
        package var unknown: [JSON.Member] = []

        package init(
            terminal: Bool? = nil, consoleSize: ConsoleSize? = nil, user: User = User(), args: [String]? = nil,
            commandLine: String? = nil, env: [String]? = nil, cwd: String = "/", capabilities: Capabilities? = nil,
            rlimits: [RLimit]? = nil, noNewPrivileges: Bool? = nil, apparmorProfile: String? = nil,
            oomScoreAdj: Int32? = nil, scheduler: Scheduler? = nil, selinuxLabel: String? = nil,
            ioPriority: IOPriority? = nil, execCPUAffinity: CPUAffinity? = nil
        ) {
            self.terminal = terminal
            self.consoleSize = consoleSize
            self.user = user
            self.args = args
            self.commandLine = commandLine
            self.env = env
            self.cwd = cwd
            self.capabilities = capabilities
            self.rlimits = rlimits
            self.noNewPrivileges = noNewPrivileges
            self.apparmorProfile = apparmorProfile
            self.oomScoreAdj = oomScoreAdj
            self.scheduler = scheduler
            self.selinuxLabel = selinuxLabel
            self.ioPriority = ioPriority
            self.execCPUAffinity = execCPUAffinity
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("terminal", &terminal)
            properties.optional("consoleSize", &consoleSize)
            properties.defaulted("user", &user)
            properties.optional("args", &args)
            properties.text("commandLine", &commandLine)
            properties.optional("env", &env)
            properties.required("cwd", &cwd)
            properties.optional("capabilities", &capabilities)
            properties.optional("rlimits", &rlimits)
            properties.optional("noNewPrivileges", &noNewPrivileges)
            properties.text("apparmorProfile", &apparmorProfile)
            properties.optional("oomScoreAdj", &oomScoreAdj)
            properties.optional("scheduler", &scheduler)
            properties.text("selinuxLabel", &selinuxLabel)
            properties.optional("ioPriority", &ioPriority)
            properties.optional("execCPUAffinity", &execCPUAffinity)
        }
    }
}

extension Spec.Process {
    /// Ids of the process, inside the container (`config.md`, POSIX-platform User).
    package struct User: SpecObject {
        /// User id.
        package var uid: UInt32
        /// Group id.
        package var gid: UInt32
        /// File mode creation mask; without it, what the runtime has.
        package var umask: UInt32?
        /// Supplementary groups.
        package var additionalGids: [UInt32]?
        /// Windows only; kept, and not used.
        package var username: String?
        package var unknown: [JSON.Member] = []

        package init(
            uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32]? = nil,
            username: String? = nil
        ) {
            self.uid = uid
            self.gid = gid
            self.umask = umask
            self.additionalGids = additionalGids
            self.username = username
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.defaulted("uid", &uid)
            properties.defaulted("gid", &gid)
            properties.optional("umask", &umask)
            properties.optional("additionalGids", &additionalGids)
            properties.text("username", &username)
        }
    }

    /// The size of the terminal, in characters.
    package struct ConsoleSize: SpecObject {
        /// Rows.
        package var height: UInt64
        /// Columns.
        package var width: UInt64
        package var unknown: [JSON.Member] = []

        package init(height: UInt64, width: UInt64) {
            self.height = height
            self.width = width
        }

        package static var blank: Self { Self(height: 0, width: 0) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("height", &height)
            properties.required("width", &width)
        }
    }

    /// The five capability sets (capabilities(7)), as `CAP_…` names; a set that is missing is empty.
    package struct Capabilities: SpecObject {
        /// What execve(2) can ever give.
        package var bounding: [String]?
        /// What the kernel checks.
        package var effective: [String]?
        /// What is kept over execve(2) of a file with the same in its inheritable set.
        package var inheritable: [String]?
        /// What `effective` can be raised to.
        package var permitted: [String]?
        /// What is kept over execve(2) of a file without capabilities; needs permitted and inheritable.
        package var ambient: [String]?
        package var unknown: [JSON.Member] = []

        package init(
            bounding: [String]? = nil, effective: [String]? = nil, inheritable: [String]? = nil,
            permitted: [String]? = nil, ambient: [String]? = nil
        ) {
            self.bounding = bounding
            self.effective = effective
            self.inheritable = inheritable
            self.permitted = permitted
            self.ambient = ambient
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("bounding", &bounding)
            properties.optional("effective", &effective)
            properties.optional("inheritable", &inheritable)
            properties.optional("permitted", &permitted)
            properties.optional("ambient", &ambient)
        }
    }

    /// A resource limit (getrlimit(2)).
    package struct RLimit: SpecObject {
        /// Which resource.
        package var kind: Kind
        /// The ceiling of `soft`; `UInt64.max` is no limit.
        package var hard: UInt64
        /// The limit that counts; `UInt64.max` is no limit.
        package var soft: UInt64
        package var unknown: [JSON.Member] = []

        package init(kind: Kind, hard: UInt64, soft: UInt64) {
            self.kind = kind
            self.hard = hard
            self.soft = soft
        }

        package static var blank: Self { Self(kind: .noFile, hard: 0, soft: 0) }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("type", &kind)
            properties.required("hard", &hard)
            properties.required("soft", &soft)
        }
    }
}
