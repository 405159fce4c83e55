internal import Text

/// What a shell completes, made of what `--help` is made of: commands, their options, and files
/// where one is asked for.
enum Completion {
    static func text(for shell: String) -> String? {
        switch shell {
        case "bash": bash
        case "zsh": zsh
        default: nil
        }
    }

    private static func takesFile(_ value: String) -> Bool { value == "FILE" || value == "DIR" }

    private static func takesFiles(_ command: Command) -> Bool {
        command.forms.contains { form in
            form.fields(separatedBy: " ").contains { $0.utf8.starts(with: "FILE".utf8) }
        }
    }

    private static var bash: String {
        let names = Command.all.map(\.name).joined(separator: " ")
        let rows = Command.all.map { command in
            let words = command.options.map(\.name.string) + ["--help"]
            let files = command.options.filter { $0.value.map(takesFile) == true }
                .map(\.name.string).joined(separator: "|")
            let values = command.options.filter { $0.value.map { !takesFile($0) } == true }
                .map(\.name.string).joined(separator: "|")
            return """
                        \(command.name))
                            options="\(words.joined(separator: " "))"
                            files="|\(files)|" values="|\(values)|"
                            operands=\(takesFiles(command) ? "yes" : "")
                            ;;
                """
        }
        return """
            # bash completion of pollex, made by: pollex help --completion bash
            _pollex() {
                local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
                local options files values operands
                if [ "$COMP_CWORD" = 1 ]; then
                    COMPREPLY=($(compgen -W "help \(names)" -- "$word"))
                    return
                fi
                case "${COMP_WORDS[1]}" in
                    help)
                        COMPREPLY=($(compgen -W "\(names)" -- "$word"))
                        return
                        ;;
            \(rows.joined(separator: "\n"))
                esac
                case "$files" in *"|$before|"*)
                    COMPREPLY=($(compgen -f -- "$word"))
                    return
                esac
                case "$values" in *"|$before|"*) return ;; esac
                case "$word" in
                    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
                    *) [ -z "$operands" ] || COMPREPLY=($(compgen -f -- "$word")) ;;
                esac
            }
            complete -o filenames -F _pollex pollex

            """
    }

    private static var zsh: String {
        let commands = Command.all.map { "        '\($0.name):\(quoted($0.summary))'" }
        let rows = Command.all.map { command in
            let options = command.options.map { option -> String in
                let words = quoted(option.text.fields(separatedBy: "\n")[0])
                let value = option.value.map {
                    ":\($0):\(takesFile($0) ? "_files" : " ")"
                }
                return "                '\(option.name)[\(words)]\(value ?? "")'"
            }
            let rest = takesFiles(command) ? ["                '*:file:_files'"] : []
            let words = (options + ["                '--help[what it does]'"] + rest)
            return "        \(command.name))\n            _arguments \\\n"
                + words.joined(separator: " \\\n") + "\n            ;;"
        }
        return """
            #compdef pollex
            # zsh completion of pollex, made by: pollex help --completion zsh
            _pollex() {
                local -a commands
                commands=(
                    'help:what a command does'
            \(commands.joined(separator: "\n"))
                )
                if (( CURRENT == 2 )); then
                    _describe command commands
                    return
                fi
                shift words
                (( CURRENT-- ))
                case $words[1] in
                    help) _describe command commands ;;
            \(rows.joined(separator: "\n"))
                esac
            }
            _pollex "$@"

            """
    }

    /// For single quotes, and for what zsh takes apart in them.
    private static func quoted(_ text: some StringProtocol) -> String {
        var quoted = ""
        for character in text {
            switch character {
            case "'": quoted += "'\\''"
            case ":", "[", "]", "\\": quoted += "\\\(character)"
            default: quoted.append(character)
            }
        }
        return quoted
    }
}
