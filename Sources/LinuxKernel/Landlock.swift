/// landlock_create_ruleset(2) with `struct landlock_ruleset_attr`; the ruleset's descriptor, close-on-exec.
///
/// - Parameter size: how much of the structure this kernel's version knows: 8, 16 or 24.
package func createLandlockRuleset(
    files: UInt64, network: UInt64, scope: UInt64, size: Int
) throws(Errno) -> Descriptor {
    var attributes: InlineArray<3, UInt64> = [files, network, scope]
    let raw = try withUnsafeMutablePointer(to: &attributes) { (attributes) throws(Errno) in
        try syscallRetrying(Int(SYS_landlock_create_ruleset), address(attributes), size, 0)
    }
    return Descriptor(owning: CInt(raw))
}

/// landlock_add_rule(2) LANDLOCK_RULE_PATH_BENEATH: what is allowed at and below an O_PATH descriptor.
package func addLandlockPathRule(
    _ ruleset: borrowing Descriptor, allowed: UInt64, beneath directory: CInt
) throws(Errno) {
    // struct landlock_path_beneath_attr is packed: 8 bytes of rights, then 4 of descriptor.
    var attributes: InlineArray<3, UInt32> = [
        UInt32(truncatingIfNeeded: allowed), UInt32(truncatingIfNeeded: allowed >> 32), UInt32(bitPattern: directory),
    ]
    try withUnsafeMutablePointer(to: &attributes) { (attributes) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_landlock_add_rule), Int(ruleset.raw), 1, address(attributes), 0)
    }
}

/// landlock_add_rule(2) LANDLOCK_RULE_NET_PORT.
package func addLandlockPortRule(_ ruleset: borrowing Descriptor, allowed: UInt64, port: UInt16) throws(Errno) {
    var attributes: InlineArray<2, UInt64> = [allowed, UInt64(port)]
    try withUnsafeMutablePointer(to: &attributes) { (attributes) throws(Errno) -> Void in
        try syscallRetrying(Int(SYS_landlock_add_rule), Int(ruleset.raw), 2, address(attributes), 0)
    }
}

/// landlock_restrict_self(2): the ruleset holds for this thread and all it starts, for good.
package func restrictSelf(_ ruleset: borrowing Descriptor) throws(Errno) {
    try syscallRetrying(Int(SYS_landlock_restrict_self), Int(ruleset.raw), 0)
}
