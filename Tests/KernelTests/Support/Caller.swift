import Foundation
import Testing

/// Who calls the sandbox in a test. As root the tests run twice, as root and as an ordinary user with
/// subordinate ids; as an ordinary user they run as that user.
struct Caller: Sendable, Equatable, CustomTestStringConvertible {
    var name: String
    var uid: uid_t
    var gid: gid_t
    /// The tests run as someone else, who is switched to.
    var isSwitched: Bool

    var isRoot: Bool { uid == 0 }
    var testDescription: String { isRoot ? "root" : "ordinary user \(name)" }

    /// A command line that runs `arguments` as this caller; the process keeps its pid, so signals reach it.
    func wrap(_ arguments: [String]) -> [String] {
        guard isSwitched else { return arguments }
        return ["setpriv", "--reuid", "\(uid)", "--regid", "\(gid)", "--init-groups", "--"] + arguments
    }

    /// Gives a file to the caller.
    func own(_ path: String) throws {
        guard isSwitched else { return }
        _ = try TestTrouble.check(lchown(path, uid, gid), "chown \(path)")
    }
}

extension Caller {
    /// Whoever runs the tests.
    static let current: Caller =
        Account.find { $0.uid == getuid() }?.caller(isSwitched: false)
        ?? Caller(name: "uid\(getuid())", uid: getuid(), gid: getgid(), isSwitched: false)

    /// An ordinary user that can be had: the current one, or as root the one whom `SANDBOX_TEST_USER` names, who
    /// called sudo, or who is the first of passwd(5), each only with subordinate ids.
    static let ordinary: Caller? = {
        guard current.isRoot else { return current }
        let environment = ProcessInfo.processInfo.environment
        let named = [environment["SANDBOX_TEST_USER"], environment["SUDO_USER"]].compactMap { $0 }
        let accounts =
            named.compactMap { name in Account.find { $0.name == name } }
            + Account.all.filter { (1000..<60000).contains($0.uid) }
        return accounts.first { $0.uid != 0 && $0.hasSubordinateIDs }?.caller(isSwitched: true)
    }()

    static let root: Caller? = current.isRoot ? current : nil

    /// All that can be had here; never empty.
    static let all: [Caller] = [current] + (current.isRoot ? [ordinary].compactMap { $0 } : [])
}

/// A line of passwd(5).
private struct Account {
    var name: String
    var uid: uid_t
    var gid: gid_t

    func caller(isSwitched: Bool) -> Caller { Caller(name: name, uid: uid, gid: gid, isSwitched: isSwitched) }

    /// Both subuid(5) and subgid(5) have a range for the account.
    var hasSubordinateIDs: Bool {
        ["/etc/subuid", "/etc/subgid"].allSatisfy { file in
            readText(file).split(separator: "\n").contains { $0.hasPrefix("\(name):") || $0.hasPrefix("\(uid):") }
        }
    }

    static let all: [Account] = readText("/etc/passwd").split(separator: "\n").compactMap { line in
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count >= 7, let uid = uid_t(fields[2]), let gid = gid_t(fields[3]) else { return nil }
        return Account(name: String(fields[0]), uid: uid, gid: gid)
    }

    static func find(_ isWanted: (Account) -> Bool) -> Account? { all.first(where: isWanted) }
}

/// A file's text; empty when it cannot be read, and then whatever is looked for in it is not found.
func readText(_ path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
}
