import Testing

@testable import OverlayModel

@Suite("layer merge")
struct LayerMergeTests {
    @Test(
        "what a name shows follows from the layers' findings, topmost first",
        arguments: [
            ([], .absent),
            ([.absent, .absent], .absent),
            ([.whiteout, .file], .absent),
            ([.absent, .file, .folder(opaque: false)], .file(layer: 1)),
            ([.folder(opaque: false), .folder(opaque: false)], .folder(layers: [0, 1])),
            ([.folder(opaque: true), .folder(opaque: false)], .folder(layers: [0])),
            (
                [.folder(opaque: false), .absent, .folder(opaque: true), .folder(opaque: false)],
                .folder(layers: [0, 2])
            ),
            ([.folder(opaque: false), .file, .folder(opaque: false)], .folder(layers: [0])),
            ([.folder(opaque: false), .whiteout, .folder(opaque: false)], .folder(layers: [0])),
            ([.file, .folder(opaque: false)], .file(layer: 0)),
        ] as [([Finding], Resolution)])
    func resolution(_ findings: [Finding], _ expected: Resolution) {
        #expect(resolve(findings) == expected)
    }

    @Test("a listing shows a name once, hides what whiteouts name below them, and not beside them")
    func listing() {
        func entry(_ name: String, _ layer: Int) -> ListedName {
            ListedName(name: Array(name.utf8CString), inode: 1, type: 8, layer: layer)
        }
        var listing = FolderListing()
        listing.beginLayer(isBottom: false)
        listing.hide(Array("gone".utf8CString))
        listing.add(entry("a", 0))
        listing.beginLayer(isBottom: false)
        listing.hide(Array("kept".utf8CString))
        listing.add(entry("kept", 1))
        listing.add(entry("gone", 1))
        listing.beginLayer(isBottom: true)
        for name in ["a", "kept", "gone", "z"] { listing.add(entry(name, 2)) }
        #expect(listing.names == [entry("a", 0), entry("kept", 1), entry("z", 2)])
    }
}
