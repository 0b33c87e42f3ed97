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

    package mutating func visit<Visitor: PropertyVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
        try visitor.required("ociVersion", &ociVersion)
        try visitor.optional("process", &process)
        try visitor.optional("root", &root)
        try visitor.text("hostname", &hostname)
        try visitor.text("domainname", &domainname)
        try visitor.optional("mounts", &mounts)
        try visitor.optional("hooks", &hooks)
        try visitor.optional("annotations", &annotations)
        try visitor.optional("linux", &linux)
        try visitor.optional("solaris", &solaris)
        try visitor.optional("windows", &windows)
        try visitor.optional("vm", &vm)
        try visitor.optional("zos", &zos)
        try visitor.optional("freebsd", &freebsd)
    }
}
