import RuntimeSpec
import Testing

@Suite("a table of values by name")
struct NameTableTests {
    @Test("keeps the order of first use, and one value for each name")
    func order() {
        var table: NameTable = ["b": 1, "a": 2, "b": 3]
        #expect(table.map(\.key) == ["b", "a"])
        #expect(table["b"] == 3)
        #expect(table["c"] == nil)
        table["c"] = 4
        table["a"] = nil
        table["none"] = nil
        #expect(table.map(\.key) == ["b", "c"])
        #expect(table.removeValue(forKey: "b") == 3)
        #expect(table.removeValue(forKey: "b") == nil)
        #expect(table.map(\.value) == [4])
    }

    @Test("equal are those with the same values, and merging takes the other's")
    func equality() {
        var left: NameTable = ["a": 1, "b": 2]
        let right: NameTable = ["b": 2, "a": 1]
        #expect(left == right)
        #expect(left != ["a": 1])
        #expect(left != ["a": 1, "b": 3])
        #expect(left != ["a": 1, "c": 2])
        left.merge(["b": 5, "c": 6])
        #expect(left == ["a": 1, "b": 5, "c": 6])
        #expect(left.filtered { $0.value > 4 } == ["c": 6, "b": 5])
    }
}
