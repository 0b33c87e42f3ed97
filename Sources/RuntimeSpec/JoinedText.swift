extension Array where Element == String {
    /// `joined(separator:)` for what every start does: that one asks Swift's runtime for associated types, and with the
    /// first such question it reads all the conformances of the executable.
    package func text(separatedBy separator: String) -> String {
        var result = ""
        for (index, part) in enumerated() {
            if index > 0 { result += separator }
            result += part
        }
        return result
    }
}
