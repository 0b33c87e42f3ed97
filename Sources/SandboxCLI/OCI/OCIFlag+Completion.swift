extension OCIFlag {
    /// As the shells complete it: a row for each long name, the first with the short one.
    var completionRows: [OptionVisitor.Row] {
        let short = names.first { $0.count == 1 }.map { "-" + $0 }
        return names.filter { $0.count > 1 && $0 != "help" }.enumerated().map { index, name in
            OptionVisitor.Row(
                name: "--" + name, short: index == 0 ? short : nil, value: kind == .word ? nil : placeholder,
                help: help, section: "")
        }
    }
}
