/// Completion scripts, written from the verbs and their options.
struct CompletionScript {
    let verbs: [CompletionVerb]

    /// Sourced by bash(1): sets COMPREPLY.
    var bash: String {
        let cases = verbs.map { verb in
            let body = bashBody(verb).map { "        " + $0 }.joined(separator: "\n")
            return "    \(verb.name))\n\(body)\n        ;;"
        }
        return """
            # bash completion of sandbox
            # Names of this machine. Readline ends words at colons and equals signs; the names go on over them.
            _sandbox_values() {
                local line=${COMP_LINE:0:COMP_POINT} whole
                whole=${line##*[[:space:]]}
                whole=${whole#--*=}
                COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" --complete "$1" 2>/dev/null)" -- "$whole"))
                COMPREPLY=("${COMPREPLY[@]#"${whole%"${whole##*:}"}"}")
            }
            _sandbox() {
                local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} option
                COMPREPLY=()
                [ "$word" = = ] && word=
                [ "$previous" = = ] && previous=${COMP_WORDS[COMP_CWORD - 2]}
                # The word before the one that is being written, which a colon in it does not end.
                option=${COMP_LINE:0:COMP_POINT}
                option=${option%"${option##*[[:space:]]}"}
                local -a before
                read -ra before <<<"$option"
                option=${before[*]: -1}
                if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W "\(verbs.map(\.name).joined(separator: " ")) --help --version" -- "$word"))
                    return
                fi
                case ${COMP_WORDS[1]} in
            \(cases.joined(separator: "\n"))
                esac
            }
            complete -o filenames -o bashdefault -F _sandbox sandbox
            """
    }

    private func bashBody(_ verb: CompletionVerb) -> [String] {
        let valued = verb.options.filter { $0.value != nil }.flatMap { [$0.name] + ($0.short.map { [$0] } ?? []) }
        let names = verb.options.map(\.name).joined(separator: " ")
        var lines = verb.verbs.isEmpty ? [] : bashVerbs(verb.verbs)
        for row in verb.options where row.value != nil {
            guard let values = CompletionValues(option: row.name) else { continue }
            let pattern = "\(row.name):*|*:\(row.name)"
            lines.append("case $option:$previous in \(pattern)) _sandbox_values \(values.rawValue); return ;; esac")
        }
        if !valued.isEmpty {
            lines.append(
                "case $previous in \(valued.joined(separator: "|"))) COMPREPLY=($(compgen -f -- \"$word\")); return ;; esac"
            )
        }
        if !names.isEmpty {
            lines.append(
                "case $word in -*) COMPREPLY=($(compgen -W \"\(names) --help\" -- \"$word\")); return ;; esac")
        }
        if !verb.words.isEmpty {
            // Where options of its own may stand before the word, the cases above have left the places behind it.
            let place = verb.verbs.isEmpty ? "[ \"$COMP_CWORD\" -eq 2 ] && " : ""
            lines.append(
                "\(place)COMPREPLY=($(compgen -W \"\(verb.words.joined(separator: " "))\" -- \"$word\")) && return")
        }
        if let values = verb.values {
            // A name, before the command or file that may as well follow.
            lines.append("_sandbox_values \(values.rawValue)")
            lines.append("[ -n \"${COMPREPLY[0]}\" ] && return")
        }
        return lines + ["COMPREPLY=($(compgen \(verb.takesCommand ? "-c -f" : "-f") -- \"$word\"))"]
    }

    /// What is completed behind one of the verbs below another one, which may follow that one's own options.
    private func bashVerbs(_ verbs: [CompletionVerb]) -> [String] {
        let names = verbs.map(\.name).joined(separator: "|")
        var lines = [
            "local index",
            "for ((index = 2; index < COMP_CWORD; index++)); do",
            "    case ${COMP_WORDS[index]} in \(names)) break ;; esac",
            "done",
            "if ((index < COMP_CWORD)); then",
            "    case ${COMP_WORDS[index]} in",
        ]
        for verb in verbs {
            lines.append("    \(verb.name))")
            for line in bashBody(verb) { lines.append("        " + line) }
            lines.append("        ;;")
        }
        return lines + ["    esac", "    return", "fi"]
    }

    /// Autoloaded by zsh(1) as `_sandbox`.
    var zsh: String {
        let cases = verbs.map { verb in "    \(verb.name)) \(zshBody(verb)) ;;" }
        let list = verbs.map { quote("\($0.name):\(escape($0.abstract, ":"))") }.joined(separator: " ")
        return """
            #compdef sandbox
            _sandbox_values() { compadd -- ${(f)"$(sandbox --complete $1 2>/dev/null)"} }
            _sandbox() {
                local -a verbs=(\(list))
                if ((CURRENT == 2)); then
                    _describe verb verbs
                    return
                fi
                case $words[2] in
            \(cases.joined(separator: "\n"))
                esac
            }
            _sandbox "$@"
            """
    }

    private func zshBody(_ verb: CompletionVerb) -> String {
        var specs = verb.options.flatMap { row in
            ([row.name] + (row.short.map { [$0] } ?? [])).map { name in
                let sign = row.value == nil ? "" : name.hasPrefix("--") ? "=" : "+"
                return quote("*\(name)\(sign)[\(escape(row.help, "[]:"))]" + valueSpec(row))
            }
        }
        let words = "verb:(\(verb.words.joined(separator: " ")))"
        if !verb.words.isEmpty { specs.append(quote(verb.verbs.isEmpty ? "2:\(words)" : "*:\(words)")) }
        if verb.verbs.isEmpty {
            let names = verb.values.map { "_sandbox_values \($0.rawValue); " } ?? ""
            if verb.takesCommand {
                specs.append(quote(names.isEmpty ? "*::command:_normal" : "*::command:{ \(names)_normal }"))
            } else {
                specs.append(quote(names.isEmpty ? "*:file:_files" : "*:name:{ \(names)_files }"))
            }
        }
        let own = "_arguments -S \\\n        \(specs.joined(separator: " \\\n        "))"
        if verb.verbs.isEmpty { return own }
        let names = verb.words.joined(separator: "|")
        let cases = verb.verbs.map { "    \($0.name)) \(zshBody($0)) ;;" }
        return """
            local -a before=("${(@)words[3,CURRENT-1]}")
                case ${before[(r)\(names)]} in
            \(cases.joined(separator: "\n"))
                *) \(own) ;;
                esac
            """
    }

    private func valueSpec(_ row: OptionVisitor.Row) -> String {
        guard let value = row.value else { return "" }
        let names = CompletionValues(option: row.name).map { "{ _sandbox_values \($0.rawValue); _files }" }
        return ":\(escape(value, "[]:")):\(names ?? "_files")"
    }

    /// Read by fish(1).
    var fish: String {
        let lines = verbs.flatMap { verb in
            // Behind a verb that has one of this name below it that one is meant.
            let others = verbs.filter { $0.verbs.contains { $0.name == verb.name } }.map(\.name)
            let seen =
                "__fish_seen_subcommand_from \(verb.name)"
                + others.map { "; and not __fish_seen_subcommand_from \($0)" }.joined()
            return ["complete -c sandbox -n __fish_use_subcommand -a \(verb.name) -d \(quote(verb.abstract))"]
                + fishLines(verb, seen)
        }
        return (["# fish completion of sandbox"] + lines).joined(separator: "\n")
    }

    private func fishLines(_ verb: CompletionVerb, _ seen: String) -> [String] {
        let names = verb.words.joined(separator: " ")
        var lines: [String] = []
        if !verb.words.isEmpty {
            let first = verb.verbs.isEmpty ? seen : "\(seen); and not __fish_seen_subcommand_from \(names)"
            lines.append("complete -c sandbox -n '\(first)' -a \(quote(names))")
        }
        if let values = verb.values { lines.append("complete -c sandbox -n '\(seen)' -a '\(fishNames(values))'") }
        lines += verb.options.map { row in
            "complete -c sandbox -n '\(seen)' -l \(row.name.dropFirst(2))"
                + (row.short.map { " -s \($0.dropFirst())" } ?? "") + (row.value == nil ? "" : " -r")
                + (CompletionValues(option: row.name).map { " -a '\(fishNames($0))'" } ?? "")
                + " -d \(quote(row.help))"
        }
        return lines + verb.verbs.flatMap { fishLines($0, "\(seen); and __fish_seen_subcommand_from \($0.name)") }
    }

    private func fishNames(_ values: CompletionValues) -> String {
        "(sandbox --complete \(values.rawValue) 2>/dev/null)"
    }

    /// In single quotes, for all three shells.
    private func quote(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    private func escape(_ text: String, _ letters: String) -> String {
        text.reduce(into: "") { result, letter in
            if letters.contains(letter) { result += "\\" }
            result.append(letter)
        }
    }
}
