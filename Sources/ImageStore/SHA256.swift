import CCrypto
import LinuxKernel

/// A SHA-256 sum that is being taken.
struct SHA256 {
    private var context = SHA256_CTX()

    init() { SHA256_Init(&context) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&context, bytes.baseAddress, bytes.count)
    }

    /// The sum of everything given so far; nothing can be added after it.
    consuming func digest() -> Digest {
        var bytes = [UInt8](repeating: 0, count: 32)
        SHA256_Final(&bytes, &context)
        return Digest(bytes: bytes)
    }

    static func of(_ bytes: [UInt8]) -> Digest {
        var sum = SHA256()
        bytes.withUnsafeBytes { sum.update($0) }
        return sum.digest()
    }
}
