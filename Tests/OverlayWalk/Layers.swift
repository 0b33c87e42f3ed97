import Glibc
import LinuxKernel

/// The layers on disk, and how they are mounted.
final class Layers {
    let folder: String
    let executable: String
    let options: String
    private var lowers: [String]
    private var top = 0
    var mountPoint: String { folder + "/m" }

    init(folder: String, executable: String, options: String) throws {
        self.folder = folder
        self.executable = executable
        self.options = options
        lowers = [folder + "/l"]
        for name in ["l", "m", "k"] { try makeFolder(folder + "/" + name) }
        try makeUpper()
    }

    private func makeFolder(_ path: String) throws {
        if mkdir(path, 0o755) != 0 { throw Disagreement(text: "mkdir \(path): errno \(errno)") }
    }

    private func makeUpper() throws {
        for name in ["u", "w"] { try makeFolder("\(folder)/\(name)\(top)") }
    }

    /// Mounts and enters the overlay.
    func mount(byKernel: Bool = false) throws {
        let layers = "lowerdir=\(lowers.joined(separator: ":")),upperdir=\(folder)/u\(top)"
        if byKernel {
            // The kernel wants a work folder of its own.
            try run(["mount", "-t", "overlay", "-o", "userxattr,\(layers),workdir=\(folder)/k", "o", mountPoint])
        } else {
            let all = "\(layers),workdir=\(folder)/w\(top)\(options.isEmpty ? "" : "," + options)"
            try run([executable, "overlay", "mount", "-o", all, mountPoint])
        }
        if chdir(mountPoint) != 0 { throw Disagreement(text: "enter the mount: errno \(errno)") }
    }

    func unmount() throws {
        _ = chdir("/")
        if umount2(mountPoint, 0) != 0 { throw Disagreement(text: "unmount: errno \(errno)") }
    }

    /// Puts the upper on top of the lower layers and a new one over it.
    func rotate() throws {
        lowers.insert("\(folder)/u\(top)", at: 0)
        top += 1
        try makeUpper()
    }

    private func run(_ words: [String]) throws {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var environment = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { for text in arguments + environment { free(text) } }
        var pid = pid_t()
        let failure = posix_spawnp(&pid, words[0], nil, nil, &arguments, &environment)
        var status: CInt = 0
        guard failure == 0, waitpid(pid, &status, 0) == pid, status == 0 else {
            throw Disagreement(text: "\(words.joined(separator: " ")) failed: \(failure), status \(status)")
        }
    }

    /// Writes a random tree into the bottom layer and gives the same as a reference.
    func fill(_ dice: inout Dice, links: Bool) throws -> Item {
        let root = Item(.folder, mode: 0o755)
        var files: [(String, Item)] = []
        try fill(root, folder + "/l", depth: 0, &dice, &files, links: links)
        root.forEach { $0.isLower = true }
        return root
    }

    private func fill(
        _ item: Item, _ path: String, depth: Int, _ dice: inout Dice, _ files: inout [(String, Item)], links: Bool
    ) throws {
        for name in ["a", "b", "c", "d", "e"] where dice.chance(4, in: 5) {
            let place = path + "/" + name
            switch dice.below(10) {
            case 0...3 where depth < 3:
                let child = Item(.folder, mode: 0o755)
                try makeFolder(place)
                item.children[name] = child
                try fill(child, place, depth: depth + 1, &dice, &files, links: links)
            case 4:
                let child = Item(.link, mode: 0o777)
                child.target = "somewhere"
                _ = symlink(child.target, place)
                item.children[name] = child
            case 5 where links && !files.isEmpty:
                let (source, child) = files[dice.below(files.count)]
                _ = Glibc.link(source, place)
                child.names += 1
                item.children[name] = child
            default:
                let child = Item(.file, mode: 0o644)
                child.data = dice.bytes(dice.below(20000))
                try write(child.data, place)
                item.children[name] = child
                files.append((place, child))
            }
        }
    }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        defer { close(descriptor) }
        guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Disagreement(text: "write \(path): errno \(errno)")
        }
    }
}
