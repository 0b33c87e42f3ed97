import Diagnostics
import RuntimeSpec

/// Refuses a specification that could not work on any host; what needs the host is decided by the plan.
///
/// Throws `.invalidInput` (`.unsupported` for another major version) whose message starts with the JSON path. Reading
/// has refused unknown values of closed lists and numbers out of range already. Mount options are not looked at here,
/// but for what decides whether a mount is a bind mount and id-mapped. `processRequired` false: for a bundle that is
/// created and never started (runtime-spec `runtime.md`, Start).
package func validate(_ spec: Spec, processRequired: Bool = true) throws(SandboxError) {
    try validateVersion(spec.ociVersion)
    guard let root = spec.root else { throw invalid("root", "missing") }
    try validatePath(root.path, "root.path", absolute: false)
    if let process = spec.process {
        try validate(process)
    } else if processRequired {
        throw invalid("process", "missing")
    }
    try validateNames(spec)
    for (index, mount) in (spec.mounts ?? []).enumerated() {
        try validate(mount, "mounts[\(index)]", hasUserNamespace: spec.has(.user))
    }
    try validateDistinct(spec.mounts ?? [])
    try validate(spec.hooks ?? Spec.Hooks())
    for key in (spec.annotations ?? [:]).keys where key.isEmpty { throw invalid("annotations", "a key is empty") }
    try validate(spec.linux ?? Spec.Linux(), of: spec)
}

/// `MAJOR.MINOR.PATCH` and what semver.org allows behind it, major version 1 or, from old engines, 0.
private func validateVersion(_ version: String) throws(SandboxError) {
    let core = version.prefix { $0 != "-" && $0 != "+" }
    let rest = version.dropFirst(core.count)
    let parts = core.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { $0.utf8.allSatisfy(isDigit) ? UInt32($0) : nil }
    // Old engines wrote "1.0-dev": the patch number may be missing in a version that was not released.
    let count = rest.isEmpty ? 3...3 : 2...3
    guard numbers.count == parts.count, count.contains(parts.count), rest.count != 1,
        rest.utf8.allSatisfy({ isDigit($0) || isLetter($0) || [0x2B, 0x2D, 0x2E].contains($0) })
    else { throw invalid("ociVersion", "expected a version as \"1.2.0\", found \(quoted(version))") }
    guard numbers[0] <= 1 else {
        throw SandboxError(.unsupported, "ociVersion: \(quoted(version)) is not supported, versions 1.x are")
    }
}

/// The host and domain name, which only a uts namespace can have to itself; at most 64 bytes (sethostname(2)).
private func validateNames(_ spec: Spec) throws(SandboxError) {
    for (name, path) in [(spec.hostname, "hostname"), (spec.domainname, "domainname")] {
        guard let name else { continue }
        try validateText(name, path)
        if name.utf8.count > 64 { throw invalid(path, "longer than 64 bytes") }
        if !spec.has(.uts) { throw invalid(path, "needs a uts namespace in linux.namespaces") }
    }
}

private func validate(_ hooks: Spec.Hooks) throws(SandboxError) {
    let lists = [
        (hooks.prestart, "prestart"), (hooks.createRuntime, "createRuntime"),
        (hooks.createContainer, "createContainer"), (hooks.startContainer, "startContainer"),
        (hooks.poststart, "poststart"), (hooks.poststop, "poststop"),
    ]
    for (list, name) in lists {
        for (index, hook) in (list ?? []).enumerated() {
            let path = "hooks.\(name)[\(index)]"
            try validatePath(hook.path, path + ".path", absolute: true)
            for (index, argument) in (hook.args ?? []).enumerated() {
                try validateText(argument, "\(path).args[\(index)]")
            }
            try validateEnvironment(hook.env ?? [], path + ".env")
            if let timeout = hook.timeout, timeout <= 0 {
                throw invalid(path + ".timeout", "expected more than 0 seconds, found \(timeout)")
            }
        }
    }
}

extension Spec {
    /// Whether the container gets a namespace of this kind: a new one, or one that is joined.
    func has(_ kind: Linux.Namespace.Kind) -> Bool {
        linux?.namespaces?.contains { $0.kind == kind } ?? false
    }
}
