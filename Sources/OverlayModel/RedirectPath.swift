/// Where a renamed folder's lower layers still have it: a path from a layer's root, kept in an attribute of the upper's
/// folder. What is read from a layer is not trusted: a path that could lead elsewhere is no redirect.
package struct RedirectPath: Equatable, Sendable {
    /// The names on the way, each zero-terminated; never empty.
    package let names: [[CChar]]

    package init?(names: [[CChar]]) {
        if names.isEmpty { return nil }
        self.names = names
    }

    /// Reads `/a/b`: absolute, without empty names, `.`, `..` and zero bytes, and no longer than 4096 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.first == 0x2f, bytes.count > 1, bytes.count <= 4096, !bytes.contains(0) else { return nil }
        var names: [[CChar]] = []
        for part in bytes.dropFirst().split(separator: 0x2f, omittingEmptySubsequences: false) {
            guard !part.isEmpty, part.count <= 255, !part.elementsEqual([0x2e]), !part.elementsEqual([0x2e, 0x2e])
            else { return nil }
            names.append(part.map { CChar(bitPattern: $0) } + [0])
        }
        self.names = names
    }

    /// `/a/b`, as it is stored.
    package var bytes: [UInt8] {
        names.flatMap { [0x2f] + $0.dropLast().map { UInt8(bitPattern: $0) } }
    }

    /// The same path with the names of `rest` after it.
    package func appending(_ rest: some Sequence<[CChar]>) -> RedirectPath {
        RedirectPath(names: names + rest) ?? self
    }
}
