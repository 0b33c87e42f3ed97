import Diagnostics
import Testing

@testable import ImageStore

@Suite("tar headers") struct TarHeaderTests {
    private func block(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        change(&block)
        for index in 148..<156 { block[index] = 0x20 }
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        for (index, digit) in sum.utf8.enumerated() { block[148 + index] = digit }
        return block
    }

    private func put(_ text: String, _ offset: Int, _ block: inout [UInt8]) {
        for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
    }

    @Test("numbers are octal, padded by blanks or zeros, or binary")
    func numbers() throws {
        for text in ["0000017", "    17 ", "17\0    ", "17     "] {
            let header = try TarHeader(block { put(text, 108, &$0) })
            #expect(try header.entry().uid == 15, "\(text)")
        }
        let binary = try TarHeader(
            block { block in
                for (index, byte) in [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1].enumerated() {
                    block[124 + index] = UInt8(byte)
                }
            })
        #expect(try binary.entry().storedSize == 0x2_0000_0001)
        let negative = try TarHeader(
            block { block in for index in 136..<148 { block[index] = 0xFF } })
        #expect(try negative.entry().modified.tv_sec == -1)
    }

    @Test("what is no number, and a wrong check sum, are errors")
    func damage() throws {
        #expect(throws: SandboxError.self) { try TarHeader(block { put("12x", 108, &$0) }).entry() }
        #expect(throws: SandboxError.self) { try TarHeader(block { put("1 2", 108, &$0) }).entry() }
        var bytes = block { put("name", 0, &$0) }
        bytes[0] = 0x7A
        #expect(throws: SandboxError.self) { try TarHeader(bytes) }
    }

    @Test("ustar's prefix goes in front, GNU's does not")
    func prefix() throws {
        let ustar = try TarHeader(
            block {
                put("file", 0, &$0)
                put("ustar", 257, &$0)
                put("folder", 345, &$0)
            })
        #expect(try ustar.entry().path == Array("folder/file".utf8))
        let gnu = try TarHeader(
            block {
                put("file", 0, &$0)
                put("ustar  ", 257, &$0)
                put("12345", 345, &$0)
            })
        #expect(try gnu.entry().path == Array("file".utf8))
    }

    @Test("pax records: the last of a key counts; times have fractions")
    func pax() throws {
        let records = try PaxRecords(
            Array("9 path=a\n9 path=b\n22 mtime=1600000000.5\n30 SCHILY.xattr.user.x=a=b\ncd\n".utf8))
        var entry = TarEntry()
        try records.apply(to: &entry)
        #expect(entry.path == [0x62])
        #expect(entry.modified.tv_sec == 1_600_000_000 && entry.modified.tv_nsec == 500_000_000)
        #expect(entry.attributes.map(\.name) == [Array("user.x".utf8)])
        #expect(entry.attributes.map(\.value) == [Array("a=b\ncd".utf8)])
        var early = TarEntry()
        try PaxRecords(Array("15 mtime=-1.25\n".utf8)).apply(to: &early)
        #expect(early.modified.tv_sec == -2 && early.modified.tv_nsec == 750_000_000)
    }

    @Test(
        "pax records of a wrong form are errors",
        arguments: ["4 a=\n", "x path=a\n", "9 path=a", "8 path=a\n", "11 path=a\n", "9 pathaa\n"])
    func badPax(_ text: String) {
        #expect(throws: SandboxError.self) { try PaxRecords(Array(text.utf8)) }
    }
}
