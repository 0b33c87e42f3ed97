import Diagnostics
import RuntimeSpec

/// One value for one of the kernel's files.
package struct ResourceWrite: Equatable, Sendable {
    /// The controller the file belongs to, as version 1 or version 2 calls it.
    package var controller: String
    package var file: String
    package var value: String
    /// Where in the spec it was asked for: `linux.resources.memory.limit`.
    package var asked: String
    /// Files that take the place of one that is not there, with their values; `io.bfq.weight` and `io.weight`.
    package var otherwise: [(file: String, value: String)] = []
    /// Nothing is lost when the file is not there: swap is off, and no swap was to be used.
    package var harmlessIfMissing = false
    /// Refused with EINVAL before the next write and taken after it: a limit and the limit it must not exceed.
    package var orAfterNext = false

    package init(_ controller: String, _ file: String, _ value: String, asked: String) {
        self.controller = controller
        self.file = file
        self.value = value
        self.asked = asked
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.controller == right.controller && left.file == right.file && left.value == right.value
            && left.asked == right.asked && left.harmlessIfMissing == right.harmlessIfMissing
            && left.orAfterNext == right.orAfterNext
            && left.otherwise.elementsEqual(right.otherwise) { $0.file == $1.file && $0.value == $1.value }
    }

    func or(_ file: String, _ value: String) -> Self {
        var copy = self
        copy.otherwise.append((file, value))
        return copy
    }
    func harmless(_ yes: Bool = true) -> Self {
        var copy = self
        copy.harmlessIfMissing = yes
        return copy
    }
    func reorderable() -> Self {
        var copy = self
        copy.orAfterNext = true
        return copy
    }
}

/// The writes for a set of resources, in order, and what has no meaning there.
package struct ResourcePlan: Equatable, Sendable {
    package var writes: [ResourceWrite] = []
    /// What is dropped, as runc drops it, in words for the log.
    package var notes: [String] = []
    /// `memory.limit` is to be refused when more is in use already (`checkBeforeUpdate`).
    package var checkMemoryBelow: Int64?

    mutating func add(_ write: ResourceWrite) { writes.append(write) }
}

private let limitsOfTheCore = ["cgroup.max.descendants", "cgroup.max.depth", "cgroup.pressure"]

/// Whether values of `unified` may name this file: one of the group's own limits.
///
/// The core's own files are none, but for its two limits and the switch of pressure accounting: through `cgroup.procs`
/// a bundle would take any process of the host into a group that is killed in the end, and `cgroup.freeze`, `.kill`,
/// `.type` and `.subtree_control` are the runtime's.
func checkUnifiedKey(_ key: String) throws(SandboxError) {
    let fine =
        key.contains(".") && !key.contains("/") && !key.hasPrefix(".")
        && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    guard fine else {
        throw SandboxError(.invalidInput, "linux.resources.unified: \"\(key)\" is not the name of a cgroup file")
    }
    guard !key.hasPrefix("cgroup.") || limitsOfTheCore.contains(key) else {
        throw SandboxError(
            .refused, "linux.resources.unified: \"\(key)\" is no limit, but moves or stops processes",
            remedy: "of the cgroup.* files these can be set: \(limitsOfTheCore.joined(separator: ", "))")
    }
}
