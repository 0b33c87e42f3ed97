extension Spec {
    /// Programs run at points of the container's life, each list in order (`config.md`, POSIX-platform Hooks).
    package struct Hooks: SpecObject {
        /// Deprecated, and still how GPU toolkits enter: runtime namespace, after the namespaces exist and before the
        /// root is changed.
        package var prestart: [Hook]?
        /// Runtime namespace; after `prestart`.
        package var createRuntime: [Hook]?
        /// Container namespace; before the root is changed.
        package var createContainer: [Hook]?
        /// Container namespace; at `start`, before the command.
        package var startContainer: [Hook]?
        /// Runtime namespace; after the command was started.
        package var poststart: [Hook]?
        /// Runtime namespace; after the container was deleted.
        package var poststop: [Hook]?
        package var unknown: [JSON.Member] = []

        package init(
            prestart: [Hook]? = nil, createRuntime: [Hook]? = nil, createContainer: [Hook]? = nil,
            startContainer: [Hook]? = nil, poststart: [Hook]? = nil, poststop: [Hook]? = nil
        ) {
            self.prestart = prestart
            self.createRuntime = createRuntime
            self.createContainer = createContainer
            self.startContainer = startContainer
            self.poststart = poststart
            self.poststop = poststop
        }

        package static var blank: Self { Self() }

        package mutating func visit(_ properties: inout Properties) {
            properties.optional("prestart", &prestart)
            properties.optional("createRuntime", &createRuntime)
            properties.optional("createContainer", &createContainer)
            properties.optional("startContainer", &startContainer)
            properties.optional("poststart", &poststart)
            properties.optional("poststop", &poststop)
        }
    }

    /// One program to run; it gets the container's state on standard input.
    package struct Hook: SpecObject {
        /// Absolute, on the host or in the container as the hook's namespace has it.
        package var path: String
        /// The whole argument vector, `args[0]` included.
        package var args: [String]?
        /// The whole environment, as `KEY=VALUE`.
        package var env: [String]?
        /// Seconds after which the hook is killed; more than 0.
        package var timeout: Int64?
        package var unknown: [JSON.Member] = []

        package init(path: String, args: [String]? = nil, env: [String]? = nil, timeout: Int64? = nil) {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }

        package static var blank: Self { Self(path: "") }

        package mutating func visit(_ properties: inout Properties) {
            properties.required("path", &path)
            properties.optional("args", &args)
            properties.optional("env", &env)
            properties.optional("timeout", &timeout)
        }
    }
}
