/// Writes changes as git(1) shows them, so that patch(1) and `git apply` read them.
package struct UnifiedText: Sendable {
    package struct Style: Equatable, Sendable {
        package var colors = false
        /// Show characters that would move the cursor, or hide or reorder text, instead of sending them.
        package var escapesControls = false

        package init(colors: Bool = false, escapesControls: Bool = false) {
            self.colors = colors
            self.escapesControls = escapesControls
        }
    }

    package var style: Style
    package private(set) var bytes: [UInt8] = []
    private static let context = 3

    package init(style: Style = Style()) { self.style = style }

    /// Hands out what has been written since.
    package mutating func take() -> [UInt8] {
        let taken = bytes
        bytes.removeAll(keepingCapacity: true)
        return taken
    }

    /// Both sides of a binary file in full; nil for a side without one.
    package typealias Whole = (old: [UInt8]?, new: [UInt8]?)

    /// - Parameter whole: for a patch that holds binary files, too.
    package mutating func write(_ change: Change, old: FileText, new: FileText, whole: Whole? = nil) {
        if change.kind == .type {
            // As git has it: one thing goes and another comes.
            let (before, after) = (whole.map { Whole($0.old, nil) }, whole.map { Whole(nil, $0.new) })
            write(Change(change.path, before: change.before, after: nil), old: old, new: .none, whole: before)
            return write(Change(change.path, before: nil, after: change.after), old: .none, new: new, whole: after)
        }
        if change.isFolder { return folder(change) }
        let (from, to) = (change.origin ?? change.path, change.path)
        heading("diff --git \(from.quoted(prefix: "a/")) \(to.quoted(prefix: "b/"))")
        switch change.kind {
        case .added: heading("new file mode \(change.after?.gitMode ?? "")")
        case .deleted: heading("deleted file mode \(change.before?.gitMode ?? "")")
        case .renamed:
            heading("similarity index 100%")
            heading("rename from \(from.quoted())")
            heading("rename to \(to.quoted())")
            return
        case .modified, .mode, .owner, .type:
            if let before = change.before, let after = change.after {
                if before.gitMode != after.gitMode {
                    heading("old mode \(before.gitMode)")
                    heading("new mode \(after.gitMode)")
                } else if before.mode != after.mode {
                    heading("# permissions \(octal(before.mode)) are now \(octal(after.mode))")
                }
                if change.kind == .owner {
                    heading("# owner \(before.uid):\(before.gid) is now \(after.uid):\(after.gid)")
                }
            }
        }
        guard change.contentDiffers else { return }
        let oldName = old == .none ? "/dev/null" : from.quoted(prefix: "a/")
        let newName = new == .none ? "/dev/null" : to.quoted(prefix: "b/")
        guard let left = old.bytes, let right = new.bytes else {
            if let whole { return binary(change, whole) }
            return heading("Binary files \(oldName) and \(newName) differ")
        }
        if left.isEmpty && right.isEmpty { return }
        heading("--- \(oldName)")
        heading("+++ \(newName)")
        hunks(left, right)
    }

    private mutating func binary(_ change: Change, _ whole: Whole) {
        let keepsMode = change.before?.gitMode == change.after?.gitMode
        bytes += GitBinaryPatch.text(old: whole.old, new: whole.new, mode: keepsMode ? change.after?.gitMode : nil)
    }

    /// git knows no folders: a line that patch(1) passes over.
    private mutating func folder(_ change: Change) {
        let name = change.path.quoted()
        switch change.kind {
        case .added: heading("# new folder \(name)")
        case .deleted: heading("# deleted folder \(name)")
        case .modified, .mode, .owner, .type, .renamed:
            heading(
                "# folder \(name): permissions \(octal(change.before?.mode ?? 0)) are now \(octal(change.after?.mode ?? 0))"
            )
        }
    }

    private func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }

    private mutating func heading(_ text: String) { line(text.utf8, color: "1") }

    private mutating func hunks(_ old: [UInt8], _ new: [UInt8]) {
        let (left, right) = NumberedLines.pair(old, new)
        let edits = LineDiff(old: left.numbers, new: right.numbers).edits
        var index = 0
        while index < edits.count {
            var end = index + 1
            while end < edits.count,
                edits[end].old.lowerBound - edits[end - 1].old.upperBound <= 2 * UnifiedText.context
            {
                end += 1
            }
            hunk(edits[index..<end], old, left, new, right)
            index = end
        }
    }

    private mutating func hunk(
        _ edits: ArraySlice<LineDiff.Edit>, _ old: [UInt8], _ left: NumberedLines, _ new: [UInt8],
        _ right: NumberedLines
    ) {
        guard let first = edits.first, let last = edits.last else { return }
        let lead = min(UnifiedText.context, first.old.lowerBound)
        let tail = min(UnifiedText.context, left.count - last.old.upperBound)
        let from = (first.old.lowerBound - lead)..<(last.old.upperBound + tail)
        let to = (first.new.lowerBound - lead)..<(last.new.upperBound + tail)
        line("@@ -\(span(from)) +\(span(to)) @@".utf8, color: "36")
        var next = from.lowerBound
        for edit in edits {
            for index in next..<edit.old.lowerBound { content(" ", old, left.range(index), color: nil) }
            for index in edit.old { content("-", old, left.range(index), color: "31") }
            for index in edit.new { content("+", new, right.range(index), color: "32") }
            next = edit.old.upperBound
        }
        for index in next..<from.upperBound { content(" ", old, left.range(index), color: nil) }
    }

    private func span(_ range: Range<Int>) -> String {
        let start = range.isEmpty ? range.lowerBound : range.lowerBound + 1
        return range.count == 1 ? "\(start)" : "\(start),\(range.count)"
    }

    private mutating func content(_ mark: Unicode.Scalar, _ text: [UInt8], _ range: Range<Int>, color: String?) {
        let isWhole = text[range.upperBound - 1] == 0x0a
        let shown = text[range.lowerBound..<(isWhole ? range.upperBound - 1 : range.upperBound)]
        let head = [UInt8(truncatingIfNeeded: mark.value)]
        line(head + (style.escapesControls ? escapingControls(shown) : Array(shown)), color: color)
        if !isWhole { line("\\ No newline at end of file".utf8, color: nil) }
    }

    private mutating func line(_ text: some Sequence<UInt8>, color: String?) {
        if style.colors, let color { bytes += "\u{1b}[\(color)m".utf8 }
        bytes += text
        if style.colors, color != nil { bytes += "\u{1b}[m".utf8 }
        bytes.append(0x0a)
    }
}

/// A line of a file with what a terminal would act on shown as text: `^[`, `<U+202E>`, `<E9>`.
func escapingControls(_ line: ArraySlice<UInt8>) -> [UInt8] {
    if line.allSatisfy({ (0x20..<0x7f).contains($0) || $0 == 0x09 }) { return Array(line) }
    var result: [UInt8] = []
    var rest = line
    while let byte = rest.first {
        let length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
        let piece = rest.prefix(length)
        if let scalar = String(validating: piece, as: UTF8.self)?.unicodeScalars.first {
            rest = rest.dropFirst(piece.count)
            if scalar == "\t" || !TreePath.isInvisible(scalar) {
                result += piece
            } else if scalar.value < 0x20 || scalar.value == 0x7f {
                result += [UInt8(ascii: "^"), UInt8(truncatingIfNeeded: scalar.value ^ 0x40)]
            } else {
                result += "<U+\(hexadecimal(scalar.value, digits: 4))>".utf8
            }
        } else {
            rest = rest.dropFirst()
            result += "<\(hexadecimal(UInt32(byte), digits: 2))>".utf8
        }
    }
    return result
}

private func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
