import Diagnostics

/// Names of images in the store.
package enum ImageName {
    /// Letters, digits and `._-/:@+`, beginning with a letter or digit, up to 255 bytes.
    package static func check(_ name: String, option: String = "--name") throws(SandboxError) {
        let bytes = name.utf8
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard let first = bytes.first, isAlphanumeric(first), bytes.count <= 255,
            bytes.allSatisfy({ isAlphanumeric($0) || "._-/:@+".utf8.contains($0) })
        else {
            throw SandboxError(
                .invalidInput, "\(option) \"\(name)\": not an image's name",
                remedy: "letters, digits and . _ - / : @ + only, as in debian:bookworm")
        }
    }

    static func isGood(_ name: String) -> Bool {
        do {
            try check(name)
            return true
        } catch { return false }
    }
}
