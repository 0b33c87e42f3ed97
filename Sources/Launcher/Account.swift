/// A user of the host, as passwd(5) has it.
package struct Account: Equatable, Sendable {
    package var name: String
    package var uid: UInt32
    /// The login group; newuidmap(1) refuses callers who run with another one.
    package var gid: UInt32
    package var home: String
    package var shell: String

    package init(name: String, uid: UInt32, gid: UInt32, home: String, shell: String) {
        self.name = name
        self.uid = uid
        self.gid = gid
        self.home = home
        self.shell = shell
    }

    /// One line of passwd(5); nil for a comment, a compat entry (`+…`) and anything malformed.
    package init?(passwdLine line: String) {
        let parts = fields(line)
        guard parts.count == 7, let first = parts[0].utf8.first, first != UInt8(ascii: "#"),
            first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
            let uid = strictNumber(parts[2], as: UInt32.self), let gid = strictNumber(parts[3], as: UInt32.self)
        else { return nil }
        self.init(name: parts[0], uid: uid, gid: gid, home: parts[5], shell: parts[6])
    }

    /// The account with number `uid`: from `/etc/passwd`, else what `getent passwd UID` knows (LDAP, systemd-homed).
    ///
    /// A static C library cannot load the host's name service modules, so their program is asked.
    package static func find(uid: UInt32, files: some HostFiles) -> Account? {
        let matching = { (text: String) in lines(text).lazy.compactMap(Account.init).first { $0.uid == uid } }
        if let text = files.text("/etc/passwd"), let account = matching(text) { return account }
        return files.lookUp("getent", ["passwd", String(uid)]).flatMap(matching)
    }

    /// What stands for a uid that no database knows: containers and CI often run as such a number.
    package static func unknown(uid: UInt32, gid: UInt32, home: String?) -> Account {
        Account(name: uid == 0 ? "root" : "user\(uid)", uid: uid, gid: gid, home: home ?? "/", shell: "/bin/sh")
    }
}

/// The name of group `gid` in group(5), nil when it has none.
package func groupName(_ gid: UInt32, files: some HostFiles) -> String? {
    let matching = { (text: String) -> String? in
        for line in lines(text) {
            let parts = fields(line)
            if parts.count == 4, strictNumber(parts[2], as: UInt32.self) == gid { return parts[0] }
        }
        return nil
    }
    if let text = files.text("/etc/group"), let name = matching(text) { return name }
    return files.lookUp("getent", ["group", String(gid)]).flatMap(matching)
}
