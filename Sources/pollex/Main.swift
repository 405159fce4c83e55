internal import Configuration
internal import Glibc
internal import LinuxIO

/// `pollex`: the command line.
@main struct Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "serve": exit(Serve.run(Array(arguments.dropFirst())))
        case "sign": exit(Sign.run(Array(arguments.dropFirst())))
        case "version":
            print("pollex \(Version.text)")
        case "--help", "help": print(Self.usage)
        case let other:
            let problem = other.map { "There is no command \($0)." } ?? "A command is missing."
            complain("\(problem)\n\(Self.usage)")
            exit(2)
        }
    }

    static func complain(_ text: String) {
        Process.write(Array("pollex: \(text)\n".utf8).span, to: 2)
    }

    static var environment: [String: String] {
        var variables: [String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe next += 1
        }
        return variables
    }

    static let usage = """
        usage: pollex <command>
          serve [--config FILE] [--listen ADDR] [--admin ADDR] [--data DIR]
                     serve images; --help lists every key of the configuration
          sign URL [--key ID] [--expires SECONDS | --until TIME] [--config FILE]
                     print the URL with a signature; --help says more
          version    what this is
        """
}

enum Version {
    static let text = "0.1.0"
}
