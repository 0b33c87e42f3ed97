import Glibc
import LinuxKernel

/// The overlay answered otherwise than the reference.
struct Disagreement: Error { let text: String }

/// A file held open over many steps: through copy-ups, renames and removals.
struct Held {
    let descriptor: CInt
    let item: Item
    let writes: Bool
    let appends: Bool
}

/// Random operations on a mounted overlay and on a tree in memory, which must stay alike. The working folder is the
/// mount.
final class Walk {
    /// What a run leaves out.
    struct Rules {
        /// Hard links: off where layers are rotated, since a lower layer's links are only held together by the index.
        var links = true
        /// Renames of folders that lower layers have a part in.
        var redirects = true
        /// Names that begin like whiteouts' names: plain in an upper with device whiteouts, marks in a lower layer.
        var whiteoutNames = true
    }

    var dice: Dice
    let rules: Rules
    let root: Item
    var held: [Held] = []
    var step = 0
    /// The last operation, for the report.
    var doing = ""
    private let names: [String]

    init(seed: UInt64, root: Item, rules: Rules) {
        dice = Dice(seed: seed)
        self.root = root
        self.rules = rules
        names =
            ["a", "b", "c", "d", "e", "ä ö\n", String(repeating: "x", count: 255)]
            + (rules.whiteoutNames ? [".wh.a", ".wh..wh..opq"] : [])
    }

    func run(_ steps: Int, comparingEvery interval: Int) throws {
        for _ in 0..<steps {
            step += 1
            try one()
            if step % interval == 0 { try compareAll() }
        }
    }

    private func one() throws {
        switch dice.below(32) {
        case 0...3: try makeFile()
        case 4, 5: try makeFolder()
        case 6: try makeOther()
        case 7...9: try remove()
        case 10: try removeFolder()
        case 11...14: try rename()
        case 15: try link()
        case 16: try changeMode()
        case 17: try changeAttribute()
        case 18: try changeTimes()
        case 19: try truncate()
        case 20, 21: try hold()
        case 22: release()
        case 23...26: try useHeld()
        case 27: try copyBetweenHeld()
        case 28: try mapHeld()
        case 29: try compareOne()
        case 30: try listOne()
        default: try anonymous()
        }
    }

    /// A name in a random folder; mostly one that is taken when `taken`.
    func place(taken: Bool = true) -> Place {
        var folder = root
        var path = ""
        for _ in 0..<dice.below(4) {
            let folders = folder.children.filter { $0.value.isFolder }.keys.sorted()
            guard !folders.isEmpty else { break }
            let name = folders[dice.below(folders.count)]
            guard let next = folder.children[name] else { break }
            folder = next
            path += name + "/"
        }
        var name = names[dice.below(names.count)]
        if taken, dice.chance(4, in: 5), !folder.children.isEmpty {
            let all = folder.children.keys.sorted()
            name = all[dice.below(all.count)]
        }
        return Place(folder: folder, name: name, path: path + name)
    }

    /// Compares a call's result with what it should be: 0 or the error number.
    func expect(_ result: Int, _ answer: CInt) throws {
        let got = result < 0 ? errno : 0
        if got != answer { throw fail("answered \(words(got)), should \(words(answer))") }
    }

    func fail(_ text: String) -> Disagreement { Disagreement(text: "step \(step): \(doing): \(text)") }

    private func words(_ number: CInt) -> String { number == 0 ? "success" : String(cString: strerror(number)) }
}
