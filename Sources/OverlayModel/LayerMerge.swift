/// What one layer holds under a name.
package enum Finding: Equatable, Sendable {
    /// The layer has nothing under this name.
    case absent
    /// The layer says that the name is deleted below it.
    case whiteout
    /// Anything that is not a folder.
    case file
    /// A folder; an opaque one hides the folders of the same name below it.
    case folder(opaque: Bool)
}

/// What the layers together show under a name.
package enum Resolution: Equatable, Sendable {
    case absent
    /// A file of this layer.
    case file(layer: Int)
    /// A folder whose contents are the union of these layers, topmost first; never empty.
    case folder(layers: [Int])
}

/// Decides what a name shows, from the topmost layer down.
///
/// The rules are those of the kernel's overlay (Documentation/filesystems/overlayfs.rst, "Upper and Lower",
/// "whiteouts and opaque directories"): the first thing found wins; folders merge until something that is not a
/// folder, a whiteout, or the bottom of an opaque one.
package struct LayerMerge: Sendable {
    package private(set) var resolution = Resolution.absent

    package init() {}

    /// Takes the next layer down into account; false when no lower layer can change the result.
    package mutating func see(layer: Int, _ finding: Finding) -> Bool {
        switch (finding, resolution) {
        case (.absent, _):
            return true
        case (.whiteout, _):
            return false
        case (.file, .absent):
            resolution = .file(layer: layer)
            return false
        case (.file, _):
            return false
        case (.folder(let opaque), .folder(let layers)):
            resolution = .folder(layers: layers + [layer])
            return !opaque
        case (.folder(let opaque), _):
            resolution = .folder(layers: [layer])
            return !opaque
        }
    }
}

/// The resolution of a name from the findings of all layers, topmost first.
package func resolve(_ findings: [Finding]) -> Resolution {
    var merge = LayerMerge()
    for (layer, finding) in findings.enumerated() where !merge.see(layer: layer, finding) { break }
    return merge.resolution
}
