import LinuxKernel

/// One member of a tar archive, with everything that its extended headers say.
struct TarEntry {
    enum Kind: Equatable {
        case file, folder, hardLink, symbolicLink, characterDevice, blockDevice, fifo
    }

    struct Attribute {
        var name: [UInt8]
        var value: [UInt8]
    }

    /// As it stands in the archive: any bytes but 0.
    var path: [UInt8] = []
    var kind = Kind.file
    /// Of symbolic and hard links.
    var target: [UInt8] = []
    /// Permission bits with setuid, setgid and sticky.
    var mode: mode_t = 0o644
    var uid: Int64 = 0
    var gid: Int64 = 0
    var modified = timespec(tv_sec: 0, tv_nsec: 0)
    /// Bytes of content in the archive.
    var storedSize: Int64 = 0
    /// The file's own size; other than `storedSize` for a sparse file.
    var size: Int64 = 0
    /// Where the stored bytes belong, in order; nil for a file without holes.
    var extents: [Extent]?
    var attributes: [Attribute] = []
    /// Of device nodes.
    var device: UInt64 = 0

    struct Extent: Equatable {
        var offset: Int64
        var length: Int64
    }
}

/// A tar archive's name as text for people; what is no UTF-8 is shown by its code.
func shown(_ name: some Collection<UInt8>) -> String {
    if let text = String(validating: name, as: UTF8.self) { return text }
    var text = ""
    for byte in name {
        if byte >= 0x20 && byte < 0x7F {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
    return text
}
