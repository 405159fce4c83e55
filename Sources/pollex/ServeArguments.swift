internal import Configuration
internal import Text

/// The command line of `pollex serve`.
struct ServeArguments {
    var configurationFile: String?
    var flags: [(key: String, text: String)] = []
    var wantsHelp = false

    /// What is wrong with the command line.
    struct Misuse: Error {
        let text: String
    }

    init(_ arguments: [String]) throws(Misuse) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--help" {
                wantsHelp = true
                continue
            }
            guard ["--config", "--listen", "--admin", "--data"].contains(name)
            else { throw Misuse(text: "serve does not know \(name).") }
            guard let value = rest.popFirst() else { throw Misuse(text: "\(name) needs a value.") }
            if name == "--config" {
                configurationFile = value
            } else {
                flags.append((key: String(name.dropFirst(2)), text: value))
            }
        }
    }
}
