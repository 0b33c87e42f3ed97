import Foundation
import Testing

/// Compares with `Golden/<name>.txt`; with `UPDATE_GOLDEN=1` in the environment the file is written instead.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    let file = folder.appending(path: name + ".txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return
    }
    let golden = try String(contentsOf: file, encoding: .utf8)
    guard text != golden else { return }
    let changes = text.split(separator: "\n", omittingEmptySubsequences: false)
        .difference(from: golden.split(separator: "\n", omittingEmptySubsequences: false))
        .map { change in
            switch change {
            case .remove(let offset, let line, _): "-\(offset + 1): \(line)"
            case .insert(let offset, let line, _): "+\(offset + 1): \(line)"
            }
        }
    Issue.record(
        "differs from Golden/\(name).txt (UPDATE_GOLDEN=1 writes it anew):\n\(changes.joined(separator: "\n"))",
        sourceLocation: sourceLocation)
}
