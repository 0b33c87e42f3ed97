/// Completion scripts, written from the verbs and their options.
struct CompletionScript {
    let verbs: [CompletionVerb]

    /// Sourced by bash(1): sets COMPREPLY.
    var bash: String {
        let cases = verbs.map { verb in
            let valued = verb.options.filter { $0.value != nil }.flatMap { [$0.name] + ($0.short.map { [$0] } ?? []) }
            let names = verb.options.map(\.name).joined(separator: " ")
            var lines = ["    \(verb.name))"]
            if !valued.isEmpty {
                lines.append(
                    "        case $previous in \(valued.joined(separator: "|"))) COMPREPLY=($(compgen -f -- \"$word\")); return ;; esac"
                )
            }
            if !names.isEmpty {
                lines.append(
                    "        case $word in -*) COMPREPLY=($(compgen -W \"\(names) --help\" -- \"$word\")); return ;; esac"
                )
            }
            if !verb.words.isEmpty {
                lines.append(
                    "        [ \"$COMP_CWORD\" -eq 2 ] && COMPREPLY=($(compgen -W \"\(verb.words.joined(separator: " "))\" -- \"$word\")) && return"
                )
            }
            lines.append("        COMPREPLY=($(compgen \(verb.takesCommand ? "-c -f" : "-f") -- \"$word\"))")
            return (lines + ["        ;;"]).joined(separator: "\n")
        }
        return """
            # bash completion of sandbox
            _sandbox() {
                local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
                COMPREPLY=()
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

    /// Autoloaded by zsh(1) as `_sandbox`.
    var zsh: String {
        let cases = verbs.map { verb in
            var specs = verb.options.flatMap { row in
                ([row.name] + (row.short.map { [$0] } ?? [])).map { name in
                    quote(
                        "*\(name)\(row.value == nil ? "" : name.hasPrefix("--") ? "=" : "+")[\(escape(row.help, "[]:"))]"
                            + valueSpec(row))
                }
            }
            if !verb.words.isEmpty { specs.append(quote("2:verb:(\(verb.words.joined(separator: " ")))")) }
            specs.append(quote(verb.takesCommand ? "*::command:_normal" : "*:file:_files"))
            return "    \(verb.name)) _arguments -S \\\n        \(specs.joined(separator: " \\\n        ")) ;;"
        }
        let list = verbs.map { quote("\($0.name):\(escape($0.abstract, ":"))") }.joined(separator: " ")
        return """
            #compdef sandbox
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

    private func valueSpec(_ row: OptionVisitor.Row) -> String {
        row.value.map { ":\(escape($0, "[]:")):_files" } ?? ""
    }

    /// Read by fish(1).
    var fish: String {
        let lines = verbs.flatMap { verb in
            let seen = "-n '__fish_seen_subcommand_from \(verb.name)'"
            var lines = ["complete -c sandbox -n __fish_use_subcommand -a \(verb.name) -d \(quote(verb.abstract))"]
            if !verb.words.isEmpty {
                lines.append("complete -c sandbox \(seen) -a \(quote(verb.words.joined(separator: " ")))")
            }
            lines += verb.options.map { row in
                "complete -c sandbox \(seen) -l \(row.name.dropFirst(2))"
                    + (row.short.map { " -s \($0.dropFirst())" } ?? "") + (row.value == nil ? "" : " -r")
                    + " -d \(quote(row.help))"
            }
            return lines
        }
        return (["# fish completion of sandbox"] + lines).joined(separator: "\n")
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
