import RuntimeSpec
import Testing

@Suite("lines of a document's parts")
struct JSONLinesTests {
    private let lines = JSONLines(
        Array(
            """
            {
              "a": 1, "b": {"c": "x\\"}",
                "d": [true,
                  {"e": null}, 5]},

              "last.one": []
            }
            """.utf8))

    @Test(
        "the deepest part a message begins with",
        arguments: [
            ("a: wrong", 2), ("b: wrong", 2), ("b.c: wrong", 2), ("b.d: wrong", 3), ("b.d[0]: wrong", 3),
            ("b.d[1]: wrong", 4), ("b.d[1].e: wrong", 4), ("b.d[1].missing: missing", 4), ("b.d[2]", 4),
            ("[\"last.one\"]: wrong", 6),
        ])
    func found(_ message: String, _ line: Int) { #expect(lines.line(of: message) == line) }

    @Test("nothing for what is no part", arguments: ["c: wrong", "ab", "", "nothing at all"])
    func missing(_ message: String) { #expect(lines.line(of: message) == nil) }

    @Test("broken text ends", arguments: ["", "{", "[", "{\"a", "{\"a\":", "[1,", "\"\\", "}"])
    func broken(_ text: String) { #expect(JSONLines(Array(text.utf8)).line(of: "zzz") == nil) }

    @Test("text nested without an end needs no stack without an end", arguments: ["[", "{\"a\":", "[{\"a\":"])
    func deep(_ text: String) {
        let bytes = Array(String(repeating: text, count: 200_000).utf8)
        #expect(JSONLines(bytes).line(of: "zzz") == nil)
    }
}
