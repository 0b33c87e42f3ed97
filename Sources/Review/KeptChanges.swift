import Diagnostics
import LinuxKernel

extension PendingChanges {
    /// What an upper layer that is kept by itself has changed of the tree below it. There is nothing it could conflict
    /// with, for nothing of it is applied.
    ///
    /// - Throws: `unsupported` for a folder that was renamed there, whose content is elsewhere.
    package static func kept(upper: String, lower: String) throws(SandboxError) -> PendingChanges {
        let below = try attempt("open \(lower)") { () throws(Errno) in try openPath(lower, O_RDONLY | O_DIRECTORY) }
        let above = try attempt("open \(upper)") { () throws(Errno) in try openPath(upper, O_RDONLY | O_DIRECTORY) }
        let changes: [Change]
        do { changes = try LayerScan.changes(upper: above.raw, lower: below.raw) } catch {
            // What only root may read, and was deleted or renamed as a whole.
            throw error.hinting("look at it from inside: sandbox run --keep NAME -- sh")
        }
        for change in changes where change.isFolder && change.after != nil {
            let isRenamed = try attempt("look at \(change.path.quoted())") { () throws(Errno) in
                let folder = try openFolder(above.raw, change.path)
                let names = try listAttributes(at: folder.raw, nil)
                return names.split(separator: 0).contains { $0.elementsEqual("user.sandbox.overlay.redirect".utf8) }
            }
            if isRenamed {
                throw SandboxError(
                    .unsupported, "the folder \(change.path.quoted()) was renamed there, which cannot be shown",
                    remedy: "look at it from inside: sandbox run --keep NAME -- sh")
            }
        }
        return PendingChanges(upper: above, lower: below, changes: changes, base: BaseRecord())
    }
}
