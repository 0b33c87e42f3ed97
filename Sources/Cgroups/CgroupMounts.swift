/// Joins the mounted hierarchies with the groups this process is in (cgroups(7), proc(5)); pure.
///
/// - mountinfo: the text of `/proc/self/mountinfo`. When a hierarchy is mounted several times the first mount counts,
///   but one that shows this process's group wins over one that does not.
/// - cgroup: the text of `/proc/self/cgroup`, lines `ID:CONTROLLERS:PATH`.
package func parseHierarchies(mountinfo: String, cgroup: String) -> [CgroupHost.Hierarchy] {
    let own = parseOwnGroups(cgroup)
    var found: [CgroupHost.Hierarchy] = []
    for line in mountinfo.utf8.split(separator: UInt8(ascii: "\n")) {
        guard var hierarchy = parseCgroupMount(line, named: own.map(\.controllers)) else { continue }
        guard let group = own.first(where: { $0.controllers == hierarchy.controllers }) else { continue }
        hierarchy.own = group.path
        let same = found.firstIndex { $0.unified == hierarchy.unified && $0.controllers == hierarchy.controllers }
        if let same {
            if !found[same].shows(group.path) && hierarchy.shows(group.path) { found[same] = hierarchy }
        } else {
            found.append(hierarchy)
        }
    }
    return found
}

/// The lines of `/proc/PID/cgroup`; version 2's has no controllers.
package func parseOwnGroups(_ text: String) -> [(controllers: [String], path: String)] {
    text.split(separator: "\n").compactMap { line in
        let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { return nil }
        return (fields[1].split(separator: ",").map(String.init), String(fields[2]))
    }
}

/// One line of mountinfo, when it is a cgroup mount; `own` still empty.
///
/// `36 35 98:0 /root /mount/point opts optional… - type source superopts`; a version 1 mount names its controllers
/// among the super options, in which `named` tells them from real options.
private func parseCgroupMount(_ line: Substring.UTF8View, named: [[String]]) -> CgroupHost.Hierarchy? {
    let fields = line.split(separator: UInt8(ascii: " "))
    guard let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }), dash + 3 < fields.count, dash >= 6
    else { return nil }
    let type = fields[dash + 1]
    let unified = type.elementsEqual("cgroup2".utf8)
    guard unified || type.elementsEqual("cgroup".utf8) else { return nil }
    let options = Set(fields[dash + 3].split(separator: UInt8(ascii: ",")).map { String(Substring($0)) })
    let controllers = unified ? [] : named.first { !$0.isEmpty && Set($0).isSubset(of: options) }
    guard let controllers else { return nil }
    return CgroupHost.Hierarchy(
        unified: unified, controllers: controllers, mountPoint: unescapeMountField(String(Substring(fields[4]))),
        root: unescapeMountField(String(Substring(fields[3]))), own: "")
}

/// Undoes the `\040` escapes of mountinfo.
func unescapeMountField(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "\\"), index + 3 < bytes.count,
            let value = UInt8(String(decoding: bytes[(index + 1)...(index + 3)], as: UTF8.self), radix: 8)
        {
            result.append(value)
            index += 4
        } else {
            result.append(bytes[index])
            index += 1
        }
    }
    return String(decoding: result, as: UTF8.self)
}

extension CgroupHost.Hierarchy {
    /// Whether the group is below what is mounted.
    func shows(_ group: String) -> Bool { relative(group) != nil }

    /// The folder of a group named as in `/proc/PID/cgroup`; nil when the mount does not show it.
    package func directory(of group: String) -> String? {
        guard let relative = relative(group) else { return nil }
        return relative == "/" ? mountPoint : mountPoint + relative
    }

    /// The group's path below the mount's root, with a leading slash.
    private func relative(_ group: String) -> String? {
        // A mount from outside our cgroup namespace has a root of `/..`: what is above cannot be named.
        if root.hasPrefix("/..") { return nil }
        if root == "/" { return group }
        if group == root { return "/" }
        guard group.hasPrefix(root + "/") else { return nil }
        return String(group.dropFirst(root.utf8.count))
    }
}
