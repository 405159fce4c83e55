internal import Configuration
internal import Text

/// `pollex.1` for man(1), made of what `--help` is made of.
enum Manual {
    static var text: String {
        let head = """
            .TH POLLEX 1 "" "pollex \(Version.text)" "Pollex"
            .SH NAME
            pollex, pollex\\-worker \\- content\\-addressed, on\\-demand image resizing edge
            .SH SYNOPSIS
            .B pollex
            .I COMMAND
            .RI [ options ]
            .SH DESCRIPTION
            Upload an image once; ask for it at any size by URL. Data goes to standard output,
            messages to standard error, a progress bar to a terminal. What reads pictures is
            .BR pollex\\-worker ,
            which serve and check start.
            .SH COMMANDS

            """
        let tail = """
            .SH EXIT STATUS
            0, 1 for a failure, 2 for wrong words or a wrong configuration.
            .SH FILES
            .TP
            .I /etc/pollex/pollex.json5
            the service's configuration
            .TP
            .I /var/lib/pollex
            its data
            .SH CONFIGURATION
            Keys of the file, which are also variables of the environment:

            """
        return head + Command.all.map(section).joined() + tail + configuration
    }

    private static func section(_ command: Command) -> String {
        let forms = command.forms.map {
            ".br\n.B pollex \(command.name)\n\(line($0))"
        }
        var text = ".SS \(command.name)\n" + forms.joined().dropFirst(".br\n".count)
        text += ".PP\n" + command.about.fields(separatedBy: "\n").map { line($0) }.joined()
        for option in command.options {
            text += ".TP\n.B \(escaped(option.name.string))\n"
            if let value = option.value { text += ".I \(escaped(value))\n" }
            text += option.text.fields(separatedBy: "\n").map { line($0) }.joined()
        }
        return text
    }

    private static var configuration: String {
        Configuration.settings.map { setting in
            ".TP\n.B \(escaped(setting.name))\n\(line(setting.documentation))"
                + line("\(setting.accepts); default \(setting.defaultText); \(setting.variable)")
        }.joined()
    }

    /// Text on a line of its own, whatever it begins with.
    private static func line(_ text: some StringProtocol) -> String {
        let shown = escaped(text)
        guard !shown.isEmpty else { return "" }
        let isRequest = [UInt8(ascii: "."), UInt8(ascii: "'")].contains(shown.utf8.first)
        return (isRequest ? "\\&" : "") + shown + "\n"
    }

    /// What groff takes for itself (groff_char(7)); a hyphen is one that can be copied.
    private static func escaped(_ text: some StringProtocol) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            // An ellipsis, a multiplication sign, a dash.
            case "\u{2026}": escaped += "\\|.\\|.\\|."
            case "\u{D7}": escaped += "\\(mu"
            case "\u{2013}": escaped += "\\(en"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
