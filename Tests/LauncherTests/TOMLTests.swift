import Testing

@testable import Launcher

@Suite("TOML") struct TOMLTests {
    private func parse(_ text: String) throws -> TOMLTable { try TOMLParser.parse(Array(text.utf8)) }

    /// A document in one line: what it means, without where it stands.
    private func plain(_ node: TOMLNode) -> String {
        switch node.value {
        case .string(let text): "\"\(text)\""
        case .integer(let number): "\(number)"
        case .float(let text): text
        case .boolean(let isOn): "\(isOn)"
        case .date(let text): "@\(text)"
        case .array(let nodes): "[\(nodes.map(plain).joined(separator: ","))]"
        case .table(let table): plain(table)
        }
    }

    private func plain(_ table: TOMLTable) -> String {
        "{\(table.entries.map { "\($0.key):\(plain($0.node))" }.joined(separator: ","))}"
    }

    @Test(
        "what is written is what is meant",
        arguments: [
            ("", "{}"), ("# only a comment", "{}"), ("a = 1\r\nb = 2", "{a:1,b:2}"),
            ("a.b.c = 'x'\na.d = true", "{a:{b:{c:\"x\"},d:true}}"),
            ("[a.b]\nx = 1\n[a]\ny = 2", "{a:{b:{x:1},y:2}}"), ("\"a b\".'c.d' = 0", "{a b:{c.d:0}}"),
            ("a = [1, [2,\n# two\n 3], ]", "{a:[1,[2,3]]}"),
            ("a = { b = 1, c.d = 'x' }\n[e]", "{a:{b:1,c:{d:\"x\"}},e:{}}"),
            ("a = \"\\u00e9\\t\\\"\\\\\"", "{a:\"é\t\"\\\"}"), ("a = '\\n'", "{a:\"\\n\"}"),
            ("a = \"\"\"\nx\ny\\\n   z\"\"\"\"", "{a:\"x\nyz\"\"}"), ("a = '''\n\\x''y'''", "{a:\"\\x''y\"}"),
            ("a = [0xff, 0o17, 0b11, -1_000, +0]", "{a:[255,15,3,-1000,0]}"),
            ("a = [1.5, -2e3, 1_0.0E-2, inf, -nan]", "{a:[1.5,-2e3,10.0E-2,inf,-nan]}"),
            ("a = 1979-05-27 07:32:00Z\nb = 07:32:00", "{a:@1979-05-27 07:32:00Z,b:@07:32:00}"),
            ("1 = 1\n-_ = 2", "{1:1,-_:2}"), ("\u{feff}a = 1", "{a:1}"),
        ])
    func meaning(_ text: String, _ meant: String) throws {
        #expect(plain(try parse(text)) == meant)
    }

    @Test(
        "what is wrong is named with its line and column",
        arguments: [
            ("a = 1\nb", 2, 2), ("a =", 1, 4), ("a = x", 1, 5), ("a = 1 2", 1, 7), ("a = 1\na = 2", 2, 1),
            ("[a]\n[a]", 2, 2), ("a.b = 1\n[a]", 2, 2), ("a = {b = 1}\n[a.c]", 2, 2), ("a = {b = 1}\na.c = 1", 2, 1),
            ("a = 1\n[a.b]", 2, 2), ("[[a]]", 1, 2), ("a = \"x", 1, 7), ("a = \"x\ny\"", 1, 7), ("a = '\u{1}'", 1, 6),
            ("a = \"\\x\"", 1, 6), ("a = \"\\ud800\"", 1, 6), ("a = [1 2]", 1, 8), ("a = {b = 1,}", 1, 12),
            ("a = 01", 1, 5),
            ("a = 1__0", 1, 5), ("a = 1.", 1, 5), ("a = .5", 1, 5), ("= 1", 1, 1), ("a = [1,\n 2", 2, 3),
            ("é = 1", 1, 1),
            ("[a", 1, 3), ("[a]b = 1", 1, 4), ("a = 99999999999999999999", 1, 5), ("a = \"\"\"x", 1, 9),
        ])
    func failures(_ text: String, _ line: Int, _ column: Int) {
        do {
            let table = try parse(text)
            Issue.record("\(plain(table))")
        } catch {
            #expect((error as? TOMLFailure)?.position == TextPosition(line: line, column: column), "\(error)")
        }
    }

    @Test("no bytes make it crash or loop", arguments: UInt64(0)..<200)
    func anything(_ seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        let letters = Array("ab.=[]{}\"'\\\n\r #,0_-+e:u\u{e9}".utf8)
        let bytes = (0..<60).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return letters[Int(state >> 33) % letters.count]
        }
        do throws(TOMLFailure) { _ = try TOMLParser.parse(bytes) } catch { #expect(error.position.line >= 1) }
    }

    @Test("keys remember where they stand")
    func positions() throws {
        let table = try parse("# é\n[build]\n  'net' = 1\n")
        guard case .table(let build)? = table["build"]?.value else {
            throw TOMLFailure("no table", at: TextPosition(line: 0, column: 0))
        }
        #expect(build.entries.first?.position == TextPosition(line: 3, column: 3))
        #expect(build.entries.first?.node.position == TextPosition(line: 3, column: 11))
    }
}
