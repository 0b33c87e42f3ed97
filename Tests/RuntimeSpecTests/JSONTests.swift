import Diagnostics
import RuntimeSpec
import Testing

@Suite("JSON")
struct JSONTests {
    @Test(
        "what is written is what was read",
        arguments: [
            "null", "true", "false", "0", "-0", "18446744073709551615", "-9223372036854775808", "1.50", "1e5", "-2E-10",
            #""""#, #""plain""#, #""é ü 漢 🦀""#, "[]", "{}", "[1,[2,[]],{}]", #"{"b":1,"a":{"c":null}}"#,
            #""\"\\\n\r\t\u0001\u001f\u007f""#, #"{"":1}"#,
        ])
    func roundTrip(document: String) throws {
        #expect(text(try JSON(parsing: bytes(document)).encoded()) == document)
    }

    @Test(
        "every escape is understood",
        arguments: [
            (#""\b\f\/""#, "\u{8}\u{C}/"), (#""a\u0041\u00e9z""#, "aAéz"), (#""\ud83e\uDD80!""#, "🦀!"),
            (#""\u0000""#, "\0"), (#""é\n漢""#, "é\n漢"),
        ])
    func escapes(document: String, value: String) throws {
        #expect(try JSON(parsing: bytes(document)) == .string(value))
    }

    @Test("white space may stand anywhere between tokens, and nothing else")
    func space() throws {
        let value = try JSON(parsing: bytes(" \t\r\n{ \"a\" :\n[ 1 , 2 ] } \n"))
        #expect(value == .object([JSON.Member("a", .array([.number("1"), .number("2")]))]))
        #expect(throws: SandboxError.self) { try JSON(parsing: bytes("\u{FEFF}1")) }
        #expect(throws: SandboxError.self) { try JSON(parsing: bytes("\u{A0}1")) }
    }

    @Test(
        "bad syntax is refused with line and column",
        arguments: [
            ("", "1:1: expected a value, found the end of the document"),
            ("  \n ", "2:2: expected a value, found the end of the document"),
            ("{} x", #"1:4: expected the end of the document, found "x""#),
            ("1 2", #"1:3: expected the end of the document, found "2""#),
            ("[1,]", #"1:4: [1]: expected a value, found "]""#),
            ("[1 2]", #"1:4: expected "," or "]", found "2""#),
            (#"{"a":1,}"#, #"1:8: expected a property name, found "}""#),
            (#"{"a" 1}"#, #"1:6: expected ":", found "1""#),
            (#"{"a":{"b":[0,nul"#, #"1:14: a.b[1]: expected a value, found "n""#),
            ("{\n  'a': 1}", #"2:3: expected a property name, found "'""#),
            ("[truE]", #"1:2: [0]: expected a value, found "t""#),
            ("01", "1:1: a number may not start with 0"),
            ("-", "1:2: expected a digit, found the end of the document"),
            ("[1.]", #"1:4: [0]: expected a digit, found "]""#),
            ("1e+", "1:4: expected a digit, found the end of the document"),
            ("+1", #"1:1: expected a value, found "+""#),
            (".5", #"1:1: expected a value, found ".""#),
            ("NaN", #"1:1: expected a value, found "N""#),
            (#""abc"#, "1:1: the string that starts here does not end"),
            (#""a\"#, "1:4: expected an escape, found the end of the document"),
            (#""a\n"#, "1:1: the string that starts here does not end"),
            ("\"a\tb\"", "1:3: byte 9 has to be escaped in a string"),
            ("\"é\\n\nb\"", "1:5: byte 10 has to be escaped in a string"),
            (#""\x""#, "1:2: unknown escape"),
            (#""\u12G4""#, #"1:6: expected a hexadecimal digit, found "G""#),
            (#""\ud800""#, "1:2: half of a surrogate pair"),
            (#""\udc00\ud800""#, "1:2: half of a surrogate pair"),
            (#""\ud83e\u0041""#, "1:2: half of a surrogate pair"),
            (#""é\ud83e x""#, "1:3: half of a surrogate pair"),
            ("\u{0}", "1:1: expected a value, found byte 0"),
        ])
    func syntax(document: String, message: String) {
        #expect(throws: SandboxError(.invalidInput, message)) { try JSON(parsing: bytes(document)) }
    }

    @Test(
        "text that is not UTF-8 is refused where it starts",
        arguments: [
            ([0x22, 0xFF, 0x22], "1:2: invalid UTF-8"),
            ([0x22, 0x61, 0xC3, 0xA9, 0xC3, 0x22], "1:4: invalid UTF-8"),
            // An overlong slash, an encoded surrogate, and one past the last character.
            ([0x22, 0xC0, 0xAF, 0x22], "1:2: invalid UTF-8"),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], "1:2: invalid UTF-8"),
            ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], "1:2: invalid UTF-8"),
            ([0x22, 0x5C, 0x6E, 0x80, 0x22], "1:4: invalid UTF-8"),
            ([0xFF], "1:1: expected a value, found byte 255"),
        ] as [([UInt8], String)])
    func encoding(document: [UInt8], message: String) {
        #expect(throws: SandboxError(.invalidInput, message)) { try JSON(parsing: document) }
    }

    @Test(
        "a property that occurs twice is named by its path",
        arguments: [
            (#"{"a":1,"a":2}"#, "1:8: a: property occurs twice"),
            (#"{"a":[{},{"b":1,"b":1}]}"#, "1:17: a[1].b: property occurs twice"),
            // The same key, one of them escaped.
            (#"{"x y":{"a":1,"\u0061":2}}"#, #"1:15: ["x y"].a: property occurs twice"#),
        ])
    func duplicates(document: String, message: String) {
        #expect(throws: SandboxError(.invalidInput, message)) { try JSON(parsing: bytes(document)) }
    }

    @Test("doubled properties are found in large objects, and different ones are not taken for it")
    func duplicatesInLargeObjects() throws {
        let members = (0..<200).map { "\"key\($0)\":\($0)" }
        let value = try JSON(parsing: bytes("{\(members.joined(separator: ","))}"))
        #expect(value["key199"] == .number("199"))
        let doubled = (members + ["\"key3\":0"]).joined(separator: ",")
        #expect(
            throws: SandboxError(
                .invalidInput, "1:\(2 + members.joined(separator: ",").count + 1): key3: property occurs twice")
        ) {
            try JSON(parsing: bytes("{\(doubled)}"))
        }
    }

    @Test("512 levels are read, one more is refused, and 10,000 do not crash")
    func depth() throws {
        let deepest = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        #expect(text(try JSON(parsing: bytes(deepest)).encoded()) == deepest)
        for count in [513, 10_000] {
            for (opening, closing) in [("[", "]"), (#"{"a":"#, "}")] {
                let document = String(repeating: opening, count: count) + "1" + String(repeating: closing, count: count)
                let error = #expect(throws: SandboxError.self) { try JSON(parsing: bytes(document)) }
                #expect(error?.message.hasSuffix("nested more than 512 deep") == true)
                #expect((error?.message.count ?? 999) < 120, "the path is not shortened")
            }
        }
    }

    @Test("4 MiB are read, one byte more is refused")
    func size() throws {
        var document = [UInt8](repeating: UInt8(ascii: " "), count: 4 << 20)
        document[document.count - 1] = UInt8(ascii: "7")
        #expect(try JSON(parsing: document) == .number("7"))
        document.append(UInt8(ascii: "7"))
        let message = "the document has 4194305 bytes, and at most 4194304 are read"
        #expect(throws: SandboxError(.invalidInput, message)) { try JSON(parsing: document) }
    }

    @Test("every cut of a document is refused")
    func truncation() throws {
        let document = bytes(#"{"a":[1,-2.5e3,"x\u00e9",true],"b":{"c":null}}"#)
        _ = try JSON(parsing: document)
        for count in 0..<document.count {
            #expect(throws: SandboxError.self, "cut after \(count) bytes") {
                try JSON(parsing: Array(document[..<count]))
            }
        }
    }

    @Test("the pretty form has a property a line")
    func pretty() throws {
        let value = try JSON(parsing: bytes(#"{"a":[1,{}],"b":[],"c":{"d":"x"}}"#))
        let expected = """
            {
              "a": [
                1,
                {}
              ],
              "b": [],
              "c": {
                "d": "x"
              }
            }

            """
        #expect(text(value.encodedPretty()) == expected)
    }

    @Test("equivalence looks past order and spelling, and at nothing else")
    func equivalence() throws {
        func same(_ left: String, _ right: String) throws -> Bool {
            try JSON(parsing: bytes(left)).isEquivalent(to: JSON(parsing: bytes(right)))
        }
        #expect(try same(#"{"a":1,"b":[1.0,2]}"#, #"{"b":[1,2e0],"a":1}"#))
        #expect(try !same("[1,2]", "[2,1]"))
        #expect(try !same(#"{"a":1}"#, #"{"a":1,"b":null}"#))
        #expect(try !same(#"{"a":1,"b":1}"#, #"{"a":1,"c":1}"#))
        // Two numbers that are the same as a Double.
        #expect(try !same("18446744073709551615", "18446744073709551614"))
        #expect(try !same("1", #""1""#))
    }

    @Test("a damaged document is read or refused, and what is read survives")
    func damage() throws {
        let source = try Fixtures.bytes("configs/config-podman-root-22.json")
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var refused = 0
        for _ in 0..<1000 {
            var document = source
            for _ in 0...random(3) { document[random(document.count)] = UInt8(random(256)) }
            guard let value = try? JSON(parsing: document) else {
                refused += 1
                continue
            }
            #expect(try JSON(parsing: value.encoded()) == value)
        }
        #expect((1..<1000).contains(refused))
    }
}
