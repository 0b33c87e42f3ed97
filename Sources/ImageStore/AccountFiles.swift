/// An image's own passwd(5) and group(5).
struct AccountFiles {
    private var users: [[String]]
    private var groups: [[String]]

    init(users: String, groups: String) {
        self.users = AccountFiles.lines(users, 7)
        self.groups = AccountFiles.lines(groups, 4)
    }

    private static func lines(_ text: String, _ count: Int) -> [[String]] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            return fields.count == count && !line.hasPrefix("#") ? fields : nil
        }
    }

    /// `USER`, `UID`, either with `:GROUP` or `:GID` behind it; root for an empty text (OCI image-spec, config.md, User).
    /// Nil for a name that the files do not have.
    func account(_ text: String) -> ImageAccount? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first, var account = user(name.isEmpty ? "0" : name) else { return nil }
        if parts.count == 2, !parts[1].isEmpty {
            guard let gid = group(parts[1]) else { return nil }
            account.gid = gid
            account.groups = []  // a named group is the only one
        } else {
            account.groups = additional(account)
        }
        return account
    }

    private func user(_ text: String) -> ImageAccount? {
        let number = UInt32(text)
        var account = ImageAccount()
        let line = users.first { $0[0] == text } ?? users.first { number != nil && UInt32($0[2]) == number }
        if let line, let uid = UInt32(line[2]), let gid = UInt32(line[3]) {
            (account.name, account.uid, account.gid) = (line[0], uid, gid)
            (account.home, account.shell) = (line[5], line[6])
        } else if let number {
            account.name = number == 0 ? "root" : "user\(number)"
            account.uid = number
            account.home = number == 0 ? "/root" : "/"
        } else {
            return nil
        }
        return account
    }

    private func group(_ text: String) -> UInt32? {
        groups.first { $0[0] == text }.flatMap { UInt32($0[2]) } ?? UInt32(text)
    }

    private func additional(_ account: ImageAccount) -> [UInt32] {
        groups.filter { $0[3].split(separator: ",").contains { $0 == account.name } }
            .compactMap { UInt32($0[2]) }.filter { $0 != account.gid }
    }
}
