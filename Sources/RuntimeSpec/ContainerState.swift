/// A container's state as `state` prints it and as hooks get it (runtime-spec 1.3, `runtime.md`, State).
package struct ContainerState: SpecObject {
    /// The version of the specification the state follows.
    package var ociVersion: String
    /// The container's id.
    package var id: String
    /// How far it is in its life.
    package var status: Status
    /// The container's first process, as the host sees it; there while the status is created or running.
    package var pid: Int32?
    /// The absolute path of the bundle.
    package var bundle: String
    /// Those of `config.json`.
    package var annotations: [String: String]?
    package var unknown: [JSON.Member] = []

    package init(
        ociVersion: String, id: String, status: Status, pid: Int32? = nil, bundle: String,
        annotations: [String: String]? = nil
    ) {
        self.ociVersion = ociVersion
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.annotations = annotations
    }

    package static var blank: Self { Self(ociVersion: "", id: "", status: .creating, bundle: "") }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("ociVersion", &ociVersion)
        properties.required("id", &id)
        properties.required("status", &status)
        properties.optional("pid", &pid)
        properties.required("bundle", &bundle)
        properties.optional("annotations", &annotations)
    }
}

extension ContainerState {
    /// The four states of the specification.
    package enum Status: String, JSONChoice {
        package static let noun = "container status"
        case creating
        case created
        case running
        case stopped
    }
}

/// What the agent of a seccomp `.notify` action gets, beside the descriptors (`config-linux.md`, The Container Process
/// State).
package struct ContainerProcessState: SpecObject {
    /// The version of the specification the state follows.
    package var ociVersion: String
    /// Names of the descriptors sent along, in their order; `seccompFd` is the listener.
    package var fds: [String]
    /// The process the filter is for, as the runtime sees it.
    package var pid: Int32
    /// `linux.seccomp.listenerMetadata`.
    package var metadata: String?
    /// The container.
    package var state: ContainerState
    package var unknown: [JSON.Member] = []

    package init(ociVersion: String, fds: [String], pid: Int32, metadata: String? = nil, state: ContainerState) {
        self.ociVersion = ociVersion
        self.fds = fds
        self.pid = pid
        self.metadata = metadata
        self.state = state
    }

    package static var blank: Self { Self(ociVersion: "", fds: [], pid: 0, state: .blank) }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("ociVersion", &ociVersion)
        properties.required("fds", &fds)
        properties.required("pid", &pid)
        properties.text("metadata", &metadata)
        properties.required("state", &state)
    }
}
