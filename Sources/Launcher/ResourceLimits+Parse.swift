import Diagnostics

extension ResourceLimits {
    /// The limits by the names of their options; profiles and project files use the same ones.
    package enum Name: String, Sendable, CaseIterable {
        case memory
        case memorySwap = "memory-swap"
        case cpus
        case cpuWeight = "cpu-weight"
        case cpuset
        case pids
        case ioWeight = "io-weight"
        case ioMax = "io-max"
        /// `KEY=VALUE`.
        case limit
    }

    /// Takes one limit from its text. `.invalidInput` starts with `asked`, the option or the place in a file.
    ///
    /// - Parameter absolute: makes the path of a disk absolute.
    package mutating func set(
        _ name: Name, _ text: String, asked: String,
        absolute: (String) throws(SandboxError) -> String = { path throws(SandboxError) in path }
    ) throws(SandboxError) {
        func fail(_ what: String, _ remedy: String) -> SandboxError {
            SandboxError(.invalidInput, "\(asked) \"\(text)\": \(what)", remedy: remedy)
        }
        func bound(_ value: UInt64?, from least: UInt64, _ what: String, _ remedy: String) throws(SandboxError) -> Bound
        {
            if text == "unlimited" { return .unlimited }
            guard let value, value >= least, value <= UInt64(Int64.max) else { throw fail(what, remedy) }
            return .at(value)
        }
        func weight() throws(SandboxError) -> UInt64 {
            guard let value = strictNumber(text, as: UInt64.self), (1...10000).contains(value) else {
                throw fail("not a weight", "1 to 10000; 100 is what others have")
            }
            return value
        }
        try checkFiles(name, fail)
        let size = "bytes, or 512k, 64m, 1g; unlimited lifts the limit"
        switch name {
        case .memory:
            memoryBytes = try bound(
                strictSize(text), from: Self.leastMemoryBytes,
                strictSize(text) == nil ? "not a size" : "too little for any command",
                strictSize(text) == nil ? size : "at least 16m, of which the sandbox itself takes a few")
        case .memorySwap: memoryAndSwapBytes = try bound(strictSize(text), from: 1, "not a size", size)
        case .cpus:
            cpuThousandths = try bound(
                Self.thousandths(text), from: 10, "not a number of processors", "0.01 to 100000, such as 1.5")
        case .cpuWeight: cpuWeight = try weight()
        case .cpuset:
            guard Self.isList(text) else { throw fail("not a list of processors", "numbers and ranges, such as 0-3,7") }
            cpuset = text
        case .pids:
            let number = strictNumber(text, as: UInt64.self)
            pids = try bound(
                number.flatMap { $0 <= Self.mostPids ? $0 : nil }, from: 1,
                number ?? 0 > Self.mostPids ? "more than a kernel has" : "not a number of processes",
                "1 to \(Self.mostPids); unlimited lifts the limit")
        case .ioWeight: ioWeight = try weight()
        case .ioMax:
            var rates = try Self.diskRates(text, fail)
            rates.path = try absolute(rates.path)
            if diskRates.contains(where: { Paths.same($0.path, rates.path) }) {
                throw fail("given twice for one disk", "PATH:rbps=10m,wbps=5m sets several rates")
            }
            diskRates.append(rates)
        case .limit:
            let (key, value) = try Self.file(text, fail)
            try checkOption(of: key, fail)
            if files.updateValue(value, forKey: key) != nil { throw fail("\(key) is given twice", "give it once") }
        }
    }

    /// Below this the kernel ends the sandbox's own processes at once.
    static let leastMemoryBytes: UInt64 = 16 << 20

    /// PID_MAX_LIMIT of 64-bit kernels, of which the sandbox's own init takes one.
    static let mostPids: UInt64 = 4_194_303

    /// `1.5` is 1500; at most three digits after the point.
    private static func thousandths(_ text: String) -> UInt64? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ strictNumber($0, as: UInt64.self) }), whole <= 100_000 else {
            return nil
        }
        guard parts.count == 2 else { return whole * 1000 }
        let digits = Array(parts[1].prefix(3)) + Array(repeating: UInt8(ascii: "0"), count: max(0, 3 - parts[1].count))
        guard parts[1].count <= 3, !parts[1].isEmpty, let rest = strictNumber(digits, as: UInt64.self) else {
            return nil
        }
        return whole * 1000 + rest
    }

    /// cpuset(7), List format.
    private static func isList(_ text: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).allSatisfy { part in
            let ends = part.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
                .map { strictNumber($0, as: UInt16.self) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else {
                return false
            }
            return first <= last
        }
    }

    /// `PATH:rbps=10m,wiops=100`.
    private static func diskRates(
        _ text: String, _ fail: (String, String) -> SandboxError
    ) throws(SandboxError) -> DiskRates {
        let form = "PATH:KEY=RATE, keys rbps and wbps (bytes in a second), riops and wiops: /home:rbps=10m,wiops=100"
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")), colon != text.utf8.startIndex else {
            throw fail("not PATH:KEY=RATE", form)
        }
        var rates = DiskRates(path: String(decoding: text.utf8[..<colon], as: UTF8.self))
        for setting in text.utf8[text.utf8.index(after: colon)...].split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        {
            let parts = setting.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 2, let rate = strictSize(parts[1]), rate > 0 else {
                throw fail("\"\(String(decoding: setting, as: UTF8.self))\" is not KEY=RATE", form)
            }
            switch parts[0] {
            case "rbps": rates.readBytesPerSecond = rate
            case "wbps": rates.writeBytesPerSecond = rate
            case "riops": rates.readsPerSecond = rate
            case "wiops": rates.writesPerSecond = rate
            default: throw fail("no such rate \"\(parts[0])\"", form)
            }
        }
        return rates
    }
}
