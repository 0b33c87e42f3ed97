/// One difference between a tree before and after; folders count for themselves, not for what is in them.
package struct Change: Equatable, Sendable {
    package enum Kind: String, Equatable, Sendable, CaseIterable {
        case added, deleted, modified
        /// The same content with other permissions.
        case mode
        /// The same content and permissions with another owner.
        case owner
        /// A file where a folder or link was, and the like.
        case type
        /// A deleted and an added file with the same content.
        case renamed

        /// One letter, as git has it.
        package var letter: String {
            switch self {
            case .added: "A"
            case .deleted: "D"
            case .modified, .mode, .owner: "M"
            case .type: "T"
            case .renamed: "R"
            }
        }
    }

    package var path: TreePath
    package var before: TreeEntry?
    package var after: TreeEntry?
    /// Whether what is in the file, or where the link leads, differs.
    package var contentDiffers: Bool
    /// Where the content was before, for a rename.
    package var origin: TreePath?

    package init(
        _ path: TreePath, before: TreeEntry?, after: TreeEntry?, contentDiffers: Bool = true, origin: TreePath? = nil
    ) {
        self.path = path
        self.before = before
        self.after = after
        self.contentDiffers = contentDiffers
        self.origin = origin
    }

    package var kind: Kind {
        if origin != nil { return .renamed }
        guard let before else { return .added }
        guard let after else { return .deleted }
        if before.kind != after.kind { return .type }
        if contentDiffers { return .modified }
        return before.mode != after.mode ? .mode : .owner
    }

    package var isFolder: Bool { (after ?? before)?.kind == .folder }
}
