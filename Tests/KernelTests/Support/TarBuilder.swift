import Foundation

/// Writes tar archives byte by byte: sound ones, and those that no sane program makes.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []

    struct Member {
        var name: [UInt8]
        var type: Character = "0"
        var mode = 0o644
        var uid = 0
        var gid = 0
        var time = 1_600_000_000
        var target: [UInt8] = []
        var content: [UInt8] = []
        /// The size that the header claims; nil for the content's.
        var size: Int?
        var device = (0, 0)
        /// Records of a pax header in front.
        var pax: [(String, [UInt8])] = []
    }

    mutating func add(_ member: Member) {
        if !member.pax.isEmpty {
            var records: [UInt8] = []
            for (key, value) in member.pax {
                let rest = Array(" \(key)=".utf8) + value + [10]
                var length = rest.count + 1
                while "\(length)".utf8.count + rest.count != length { length = "\(length)".utf8.count + rest.count }
                records += Array("\(length)".utf8) + rest
            }
            header(Member(name: Array("PaxHeaders/x".utf8), type: "x", content: records))
            append(records)
        }
        header(member)
        append(member.content)
    }

    mutating func file(_ name: String, _ text: String = "", mode: Int = 0o644, uid: Int = 0, gid: Int = 0) {
        add(Member(name: Array(name.utf8), mode: mode, uid: uid, gid: gid, content: Array(text.utf8)))
    }

    mutating func folder(_ name: String, mode: Int = 0o755, uid: Int = 0, gid: Int = 0) {
        add(Member(name: Array((name + "/").utf8), type: "5", mode: mode, uid: uid, gid: gid))
    }

    mutating func link(_ name: String, to target: String) {
        add(Member(name: Array(name.utf8), type: "2", mode: 0o777, target: Array(target.utf8)))
    }

    mutating func hardLink(_ name: String, to target: String) {
        add(Member(name: Array(name.utf8), type: "1", target: Array(target.utf8)))
    }

    /// With the two blocks of zeros at the end.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private mutating func append(_ content: [UInt8]) {
        bytes += content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    private mutating func header(_ member: Member) {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: some Sequence<UInt8>, _ offset: Int) {
            for (index, byte) in text.enumerated() { block[offset + index] = byte }
        }
        func octal(_ number: Int, _ digits: Int, _ offset: Int) {
            let text = String(number, radix: 8)
            put((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8, offset)
        }
        put(member.name.prefix(100), 0)
        octal(member.mode, 7, 100)
        octal(member.uid, 7, 108)
        octal(member.gid, 7, 116)
        octal(member.size ?? member.content.count, 11, 124)
        octal(member.time, 11, 136)
        put("        ".utf8, 148)
        put(String(member.type).utf8, 156)
        put(member.target.prefix(100), 157)
        put("ustar\u{0}00".utf8, 257)
        octal(member.device.0, 7, 329)
        octal(member.device.1, 7, 337)
        octal(block.reduce(0) { $0 + Int($1) }, 6, 148)
        block[154] = 0
        bytes += block
    }
}

extension TarBuilder {
    /// A root filesystem with busybox, its shell and some tools.
    static func busybox(_ more: (inout TarBuilder) -> Void = { _ in }) throws -> [UInt8] {
        var tar = TarBuilder()
        for folder in ["bin", "etc", "proc", "sys", "dev", "root", "run", "home"] { tar.folder(folder) }
        tar.folder("tmp", mode: 0o1777)
        guard let path = Host.path(of: "busybox"), let program = FileManager.default.contents(atPath: path) else {
            throw TestTrouble("busybox is not installed")
        }
        tar.add(Member(name: Array("bin/busybox".utf8), mode: 0o755, content: Array(program)))
        for tool in [
            "sh", "cat", "ls", "id", "stat", "env", "pwd", "touch", "find", "true", "sort", "sleep", "md5sum", "tail",
            "head",
        ] {
            tar.link("bin/\(tool)", to: "busybox")
        }
        tar.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000:u:/home/u:/bin/sh\n")
        tar.file("etc/group", "root:x:0:\nu:x:1000:\nmore:x:2000:u\n")
        more(&tar)
        return tar.finished
    }
}
