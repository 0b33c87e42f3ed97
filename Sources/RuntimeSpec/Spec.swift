/// A container's `config.json` (runtime-spec 1.3, `config.md`). Each nested type mirrors one object of the file, and
/// each property the JSON key of the same name; what the specification calls optional is optional here.
package struct Spec: SpecObject {
    /// The version of the specification the bundle was written for, as `1.2.1`.
    package var ociVersion: String
    /// Needed by `start`; a bundle without it can only be created.
    package var process: Process?
    /// The root filesystem.
    package var root: Root?
    /// Needs a uts namespace of the container's own.
    package var hostname: String?
    /// The NIS domain name; needs a uts namespace of the container's own.
    package var domainname: String?
    /// Made in this order, on top of the root filesystem.
    package var mounts: [Mount]?
    /// Programs run at points of the container's life.
    package var hooks: Hooks?
    /// Free text for whoever knows the key; keys starting with `org.opencontainers` are reserved.
    package var annotations: [String: String]?
    /// What only Linux has.
    package var linux: Linux?
    /// Kept, and not read: another platform's section.
    package var solaris: JSON?
    /// Kept, and not read: another platform's section.
    package var windows: JSON?
    /// Kept, and not read: another platform's section.
    package var vm: JSON?
    /// Kept, and not read: another platform's section.
    package var zos: JSON?
    /// Another platform's section: kept, its shape checked.
    package var freebsd: FreeBSD?
    package var unknown: [JSON.Member] = []

    package init(
        ociVersion: String, process: Process? = nil, root: Root? = nil, hostname: String? = nil,
        domainname: String? = nil, mounts: [Mount]? = nil, hooks: Hooks? = nil, annotations: [String: String]? = nil,
        linux: Linux? = nil, solaris: JSON? = nil, windows: JSON? = nil, vm: JSON? = nil, zos: JSON? = nil,
        freebsd: FreeBSD? = nil
    ) {
        self.ociVersion = ociVersion
        self.process = process
        self.root = root
        self.hostname = hostname
        self.domainname = domainname
        self.mounts = mounts
        self.hooks = hooks
        self.annotations = annotations
        self.linux = linux
        self.solaris = solaris
        self.windows = windows
        self.vm = vm
        self.zos = zos
        self.freebsd = freebsd
    }

    package static var blank: Self { Self(ociVersion: "") }

    package mutating func visit(_ properties: inout Properties) {
        properties.required("ociVersion", &ociVersion)
        properties.optional("process", &process)
        properties.optional("root", &root)
        properties.text("hostname", &hostname)
        properties.text("domainname", &domainname)
        properties.optional("mounts", &mounts)
        properties.optional("hooks", &hooks)
        properties.optional("annotations", &annotations)
        properties.optional("linux", &linux)
        properties.optional("solaris", &solaris)
        properties.optional("windows", &windows)
        properties.optional("vm", &vm)
        properties.optional("zos", &zos)
        properties.optional("freebsd", &freebsd)
    }
}
