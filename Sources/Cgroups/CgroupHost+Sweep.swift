extension CgroupHost {
    /// Removes the empty groups that `isAbandoned` names from where a launcher makes its own, in every hierarchy: what
    /// one left that was killed.
    package func sweep(_ isAbandoned: (_ name: String) -> Bool) {
        for hierarchy in hierarchies {
            let folder = groupFolder(in: hierarchy)
            let names: [String]
            // Whatever cannot be listed or removed has somebody else to take care of it.
            do { names = try CgroupTree(path: folder).children(where: isAbandoned) } catch { continue }
            for name in names { do { try CgroupTree(path: "\(folder)/\(name)").removeAll() } catch {} }
        }
    }
}
