import Confinement
import Foundation
import Testing

@Suite("generated sources")
struct GeneratedSourcesTests {
    @Test("the system call tables are what syscalls.tsv gives")
    func systemCalls() throws { try check("Sources/CProfiles/syscalls.c", GeneratedSources.systemCalls()) }

    @Test("the built-in profiles are what profiles/ gives")
    func profiles() throws { try check("Sources/CProfiles/profiles.c", GeneratedSources.profiles()) }

    @Test("the table of docs/profiles.md is what the profiles give")
    func table() throws {
        try check("docs/profiles.md", ProfileTable.document(GeneratedSources.text("docs/profiles.md")))
    }

    private func check(_ path: String, _ expected: String) throws {
        if GeneratedSources.regenerates {
            try expected.write(to: GeneratedSources.root.appending(path: path), atomically: true, encoding: .utf8)
        }
        let isCurrent = try GeneratedSources.text(path) == expected
        #expect(isCurrent, "\(path) is stale")
    }
}
