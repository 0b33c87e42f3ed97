/// How extended attribute names pass between the overlay's users and its layers.
///
/// The overlay keeps its own marks in `user.overlay.*` and believes `trusted.overlay.*` and
/// `user.fuseoverlayfs.*` of others. A guest that sets such a name must not forge a mark: it is stored one level
/// deeper, `user.overlay.overlay.NAME`, as the kernel does ("Nesting overlayfs mounts" of overlayfs.rst), and shown
/// under the name it was given.
package enum AttributeName {
    package enum Stored: Equatable, Sendable {
        /// Passed on as it is.
        case plain
        /// Passed on under this other name.
        case escaped(String)
        /// Belongs to the overlay; never set by a guest.
        case refused
    }

    private static let escapable = ["user.overlay.", "trusted.overlay."]
    private static let own = ["user.fuseoverlayfs.", "user.sandbox.overlay.", "trusted.sandbox.overlay."]

    /// How a name a guest uses is stored.
    package static func stored(_ name: String) -> Stored {
        for prefix in escapable where name.hasPrefix(prefix) {
            return .escaped(prefix + "overlay." + name.dropFirst(prefix.count))
        }
        return own.contains { name.hasPrefix($0) } ? .refused : .plain
    }

    /// The name a guest sees for a stored one; nil for the overlay's own.
    package static func shown(_ name: String) -> String? {
        for prefix in escapable where name.hasPrefix(prefix) {
            let nested = prefix + "overlay."
            return name.hasPrefix(nested) ? prefix + name.dropFirst(nested.count) : nil
        }
        return own.contains { name.hasPrefix($0) } ? nil : name
    }

    /// Whether a stored attribute goes along when its file is copied up.
    package static func isCopied(_ name: String) -> Bool { shown(name) != nil }
}
