import LinuxKernel
import OverlayModel

/// Files of a lower layer with several names: the first copy-up puts the new inode into the work folder's index under
/// the lower inode's identity, so that the other names go on meaning the same file.
extension Overlay {
    private static let linksAttribute = "user.sandbox.overlay.links"

    private func indexName(_ identity: Identity) -> [CChar] {
        Workshop.text(String(identity.device, radix: 16) + "-" + String(identity.inode, radix: 16))
    }

    private func recordName(_ identity: Identity) -> [CChar] { Workshop.text("n-").dropLast() + indexName(identity) }

    /// Counts a name less of a lower file with several that was not copied up: a symbolic link in the index says how
    /// many are left. The node's lock is held.
    func countLowerLinks(_ node: Node, _ state: inout Node.State) throws(Errno) {
        let workshop = try writable()
        let left = (state.indexedLinks ?? node.lowerLinks) - 1
        let temporary = workshop.temporaryName()
        try LinuxKernel.makeSymbolicLink(Workshop.text(String(max(0, left))), at: workshop.stage, temporary)
        try renameEntry(at: workshop.stage, temporary, to: workshop.index.descriptor, recordName(node.origin))
        workshop.hasIndexEntries.store(true, ordering: .releasing)
        state.indexedLinks = left
    }

    /// The copied-up inode of a lower file with several names; nil when it was not copied up.
    func indexed(_ lower: Found) throws(Errno) -> Found? {
        guard let workshop, workshop.hasIndexEntries.load(ordering: .acquiring) else { return nil }
        let source = lower.shownAs ?? lower.identity
        let name = indexName(source)
        let status: stat
        do throws(Errno) {
            status = try entryStatus(at: workshop.index.descriptor, name)
        } catch .noSuchFileOrDirectory {
            guard let links = try? LinuxKernel.readLink(at: workshop.index.descriptor, recordName(source)),
                let count = Int(String(decoding: links, as: UTF8.self))
            else { return nil }
            var counted = lower
            counted.indexedLinks = count
            return counted
        }
        var found = Found(status: status, layer: 0)
        found.indexName = name
        found.shownAs = source
        let stored = try? getAttribute(at: workshop.index.descriptor, name, Self.linksAttribute)
        found.indexedLinks = stored.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? Int(lower.status.st_nlink)
        return found
    }

    /// A copied-up file met by its own name in the upper, with what the index knows of its other names.
    func indexedCopy(_ found: Found, of origin: Identity) -> Found {
        var lower = Found(status: found.status, layer: 0)
        lower.shownAs = origin
        guard let known = try? indexed(lower), known.identity == found.identity else { return found }
        return known
    }

    /// Links a staged or placed file into the index; the location it is found by from then on.
    func addToIndex(
        _ source: Identity, links: Int, link: (CInt, [CChar]) throws(Errno) -> Void
    ) throws(Errno) -> Location {
        let workshop = try writable()
        let name = indexName(source)
        try link(workshop.index.descriptor, name)
        workshop.hasIndexEntries.store(true, ordering: .releasing)
        saveLinks(name, links)
        return Location(parent: indexNode, name: name)
    }

    private func saveLinks(_ name: [CChar], _ links: Int) {
        guard let workshop else { return }
        // Where the file system has no attributes, the number is the lower's again after a remount.
        try? setAttribute(at: workshop.index.descriptor, name, Self.linksAttribute, Array(String(links).utf8))
    }

    /// Counts a name more or less of an indexed file; takes it out of the index with its last name. The node's lock
    /// is held.
    func countLinks(_ state: inout Node.State, _ difference: Int) {
        guard let links = state.indexedLinks, let location = state.location, location.parent === indexNode else {
            return
        }
        state.indexedLinks = links + difference
        saveLinks(location.name, links + difference)
    }
}
