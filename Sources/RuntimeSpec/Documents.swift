import Diagnostics

// Reading and writing whole documents. These are concrete types on purpose: from here the compiler specializes the
// reading of every nested type, which generic entry points would keep it from.

extension Spec {
    /// Reads a `config.json`. Throws `.invalidInput`: line and column for the syntax, the property's path for the rest.
    package init(decoding bytes: [UInt8]) throws(SandboxError) {
        do { try self.init(json: JSON(scanning: bytes)) } catch { throw error.located(in: bytes) }
    }

    /// A `config.json` as text; `pretty` is indented by two spaces and ends in a line feed.
    package func encoded(pretty: Bool = false) -> [UInt8] { pretty ? json.encodedPretty() : json.encoded() }
}

extension Spec.Process {
    /// Reads a `process.json`, as `exec --process` takes it. Throws `.invalidInput`: line and column for the syntax, the property's path for the rest.
    package init(decoding bytes: [UInt8]) throws(SandboxError) {
        do { try self.init(json: JSON(scanning: bytes)) } catch { throw error.located(in: bytes) }
    }

    /// A `process.json`, as `exec --process` takes it as text; `pretty` is indented by two spaces and ends in a line feed.
    package func encoded(pretty: Bool = false) -> [UInt8] { pretty ? json.encodedPretty() : json.encoded() }
}

extension Spec.Linux.Resources {
    /// Reads a `resources.json`, as `update --resources` takes it. Throws `.invalidInput`: line and column for the syntax, the property's path for the rest.
    package init(decoding bytes: [UInt8]) throws(SandboxError) {
        do { try self.init(json: JSON(scanning: bytes)) } catch { throw error.located(in: bytes) }
    }

    /// A `resources.json`, as `update --resources` takes it as text; `pretty` is indented by two spaces and ends in a line feed.
    package func encoded(pretty: Bool = false) -> [UInt8] { pretty ? json.encodedPretty() : json.encoded() }
}

extension Spec.Linux.Seccomp {
    /// Reads a seccomp profile in the form of `linux.seccomp`. Throws `.invalidInput`: line and column for the syntax, the property's path for the rest.
    package init(decoding bytes: [UInt8]) throws(SandboxError) {
        do { try self.init(json: JSON(scanning: bytes)) } catch { throw error.located(in: bytes) }
    }

    /// A seccomp profile in the form of `linux.seccomp` as text; `pretty` is indented by two spaces and ends in a line feed.
    package func encoded(pretty: Bool = false) -> [UInt8] { pretty ? json.encodedPretty() : json.encoded() }
}

extension ContainerState {
    /// Reads a container's state. Throws `.invalidInput`: line and column for the syntax, the property's path for the rest.
    package init(decoding bytes: [UInt8]) throws(SandboxError) {
        do { try self.init(json: JSON(scanning: bytes)) } catch { throw error.located(in: bytes) }
    }

    /// A container's state as text; `pretty` is indented by two spaces and ends in a line feed.
    package func encoded(pretty: Bool = false) -> [UInt8] { pretty ? json.encodedPretty() : json.encoded() }
}

extension ContainerProcessState {
    /// Reads the state for a seccomp agent. Throws `.invalidInput`: line and column for the syntax, the property's path for the rest.
    package init(decoding bytes: [UInt8]) throws(SandboxError) {
        do { try self.init(json: JSON(scanning: bytes)) } catch { throw error.located(in: bytes) }
    }

    /// The state for a seccomp agent as text; `pretty` is indented by two spaces and ends in a line feed.
    package func encoded(pretty: Bool = false) -> [UInt8] { pretty ? json.encodedPretty() : json.encoded() }
}

extension Features {
    /// Reads a list of features. Throws `.invalidInput`: line and column for the syntax, the property's path for the rest.
    package init(decoding bytes: [UInt8]) throws(SandboxError) {
        do { try self.init(json: JSON(scanning: bytes)) } catch { throw error.located(in: bytes) }
    }

    /// A list of features as text; `pretty` is indented by two spaces and ends in a line feed.
    package func encoded(pretty: Bool = false) -> [UInt8] { pretty ? json.encodedPretty() : json.encoded() }
}
