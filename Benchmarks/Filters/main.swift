// filter-times builtin NAME | compile FILE | cached FILE FOLDER: what a filter costs a start, once, in microseconds on
// standard output. Benchmarks/filters calls it often, each time anew: what a process does first costs the most.
import Confinement
import Diagnostics
import LinuxKernel
import RuntimeSpec

func microseconds(_ body: () throws(SandboxError) -> Void) throws(SandboxError) -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
    let before = now()
    try body()
    return now() - before
}

/// A filter as it stands in a config.json.
func filter(_ file: String) throws(SandboxError) -> Spec.Linux.Seccomp {
    let text = try attempt("read \(file)") { () throws(Errno) in try readFile(file) }
    let bytes = Array(#"{"ociVersion":"1.2.0","linux":{"seccomp":"#.utf8) + text + Array("}}".utf8)
    guard let filter = try Spec(decoding: bytes).linux?.seccomp else {
        throw SandboxError(.invalidInput, "\(file): no filter in it")
    }
    return filter
}

func measure(_ words: [String]) throws(SandboxError) -> Double {
    switch (words.first, words.count) {
    case ("builtin", 2):
        try attempt("set no-new-privileges") { () throws(Errno) in try setNoNewPrivileges() }
        return try microseconds { () throws(SandboxError) in
            guard let program = BuiltinProfile.named(words[1])?.program else {
                throw SandboxError(.notFound, "no built-in filter \"\(words[1])\"")
            }
            _ = try program.install()
        }
    case ("compile", 2):
        let spec = try filter(words[1])
        return try microseconds { () throws(SandboxError) in _ = try SeccompProgram.compile(spec) }
    case ("cached", 3):
        let spec = try filter(words[1])
        let cache = FilterCache(folder: words[2])
        var warnings: [String] = []
        let time = try microseconds { () throws(SandboxError) in
            warnings = try cache.program(spec).warnings
        }
        guard warnings.isEmpty else {
            throw SandboxError(.invalidInput, "what warns is not kept: \(warnings[0])")
        }
        return time
    default: throw SandboxError(.invalidInput, "filter-times builtin NAME | compile FILE | cached FILE FOLDER")
    }
}

do throws(SandboxError) { print(try measure(Array(CommandLine.arguments.dropFirst()))) } catch {
    try? writeAll(2, "filter-times: \(error)\n")
    exit(1)
}
