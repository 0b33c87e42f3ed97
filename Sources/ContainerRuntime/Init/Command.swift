import ContainerPlan
import Diagnostics
import LinuxKernel
import RuntimeSpec

/// The environment the command gets, with `HOME` from the container's own `/etc/passwd` when it is not set.
///
/// Of a variable that is set twice the last value counts; an empty `HOME` is as good as none.
func commandEnvironment(_ process: ProcessPlan) -> [String] {
    var last: NameTable<String> = [:]
    for entry in process.environment { last[variableName(entry)] = entry }
    if last["HOME"] ?? "HOME=" == "HOME=" { last["HOME"] = "HOME=" + homeFolder(of: process.uid) }
    var environment = process.environment.compactMap { last.removeValue(forKey: variableName($0)) }
    // Not among the variables that were given.
    if let home = last["HOME"] { environment.append(home) }
    return environment
}

private func variableName(_ entry: String) -> String { String(entry.prefix { $0 != "=" }) }

private func homeFolder(of uid: UInt32) -> String {
    let text: String
    // An image without the file, or with one that cannot be read, has no homes to offer.
    do { text = try readText("/etc/passwd") } catch { return "/" }
    for line in text.split(separator: "\n") {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        if fields.count >= 6, UInt32(fields[2]) == uid, !fields[5].isEmpty { return String(fields[5]) }
    }
    return "/"
}

/// The absolute path of the command, found along `PATH` as execvp(3) does.
///
/// - Throws: `commandNotFound` or `notExecutable`, in the words that engines match.
func findCommand(_ name: String, environment: [String]) throws(SandboxError) -> String {
    if name.contains("/") {
        try requireExecutable(name)
        return name
    }
    let fallback = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    let path = environment.last { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) } ?? fallback
    var refused: String?
    for folder in path.split(separator: ":", omittingEmptySubsequences: false) {
        let candidate = folder.isEmpty ? "./\(name)" : "\(folder)/\(name)"
        do {
            if try isExecutable(candidate) { return candidate }
            refused = candidate
        } catch { continue }  // not there: the next folder may have it
    }
    if let refused {
        throw SandboxError(.notExecutable, "exec: \"\(refused)\": permission denied", errno: EACCES)
    }
    throw SandboxError(
        .commandNotFound, "exec: \"\(name)\": executable file not found in $PATH", errno: ENOENT)
}

private func requireExecutable(_ path: String) throws(SandboxError) {
    do {
        if try isExecutable(path) { return }
    } catch {
        let missing = error == .noSuchFileOrDirectory || error == .notDirectory
        throw SandboxError(
            missing ? .commandNotFound : .notExecutable, "exec: \"\(path)\": stat \(path): \(error.text)",
            errno: error.rawValue)
    }
    throw SandboxError(.notExecutable, "exec: \"\(path)\": permission denied", errno: EACCES)
}

/// Whether `path` is a regular file that this process may execute.
private func isExecutable(_ path: String) throws(Errno) -> Bool {
    guard try fileStatus(at: nil, path).isRegular else { return false }
    do {
        try path.withKernelPath { (path) throws(Errno) -> Void in
            // With the capabilities that the command will have; kernels before 5.8 leave them out.
            do throws(Errno) {
                try syscallRetrying(439, Int(AT_FDCWD), path, Int(X_OK), Int(AT_EACCESS))  // faccessat2(2)
            } catch {
                if error != .noFunction && error != .notPermitted { throw error }
                try syscallRetrying(Int(SYS_faccessat), Int(AT_FDCWD), path, Int(X_OK))
            }
        }
        return true
    } catch {
        if error == .permissionDenied { return false }
        throw error
    }
}

/// Goes to the working directory with the runtime's own rights, as engines expect of one that the command's user could
/// not enter; false when that is denied, for then the user may be able to (a folder of another id on a network).
func tryWorkingDirectory(_ path: String) throws(SandboxError) -> Bool {
    do { try changeDirectory(path) } catch {
        if error == .permissionDenied { return false }
        throw SandboxError(error, "process.cwd: go to \(path)")
    }
    return true
}

/// Goes to the command's working directory, and proves that it is inside the container's root: a directory descriptor
/// that leaked from the host would be outside it (CVE-2024-21626).
///
/// - Parameter isThere: an earlier try, with rights that the command's user may lack, was successful.
func enterWorkingDirectory(_ path: String, isThere: Bool) throws(SandboxError) {
    if !isThere {
        try attempt("process.cwd: go to \(path)") { () throws(Errno) in try changeDirectory(path) }
    }
    let actual = try attempt("process.cwd: name the working directory") { () throws(Errno) in
        try workingDirectory()
    }
    guard actual.hasPrefix("/") else {
        throw SandboxError(.refused, "process.cwd: \(path) is outside the container's root", errno: EACCES)
    }
}

/// Executes the command; returns only by throwing, in the words that engines match.
///
/// - Parameter tells: a failure is written to the command's standard error, too.
func executeCommand(
    _ path: String, _ process: ProcessPlan, environment: [String], tells: Bool
) throws(SandboxError) -> Never {
    do {
        try execute(path, arguments: process.arguments, environment: environment)
    } catch {
        let kind: SandboxError.Kind = error == .noSuchFileOrDirectory ? .commandNotFound : .notExecutable
        let failure = "exec \(path): \(error.text)"
        // Whoever reads what the container writes gets the reason too; a closed stream of the container's loses it.
        var isTold = false
        if tells {
            do {
                try writeAll(2, failure + "\n")
                isTold = true
            } catch {}
        }
        var remedy: String?
        if error == .noSuchFileOrDirectory { remedy = "its interpreter or dynamic loader is missing inside" }
        if error.rawValue == ENOEXEC { remedy = "it is no program for this machine, or a script without #!" }
        var refusal = SandboxError(kind, failure, errno: error.rawValue, remedy: remedy)
        refusal.isTold = isTold
        throw refusal
    }
}
