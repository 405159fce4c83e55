internal import Client
internal import Glibc

/// Why a command did not do what was asked; told on standard error.
enum CommandFailure: Error {
    /// Exit status 2.
    case usage(String)
    /// Exit status 1.
    case failed(String)
}

/// The words after a command's name: options with a value, flags, and what is left.
struct CommandWords {
    private var values: [String: String] = [:]
    private var flags: Set<String> = []
    private(set) var operands: [String] = []

    /// - Parameter options: long names with `--`; what stands behind `--` is no option.
    init(_ words: [String], options: Set<String>, flags known: Set<String>) throws(CommandFailure) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            if known.contains(word) {
                flags.insert(word)
            } else if options.contains(word) {
                guard let value = rest.popFirst() else {
                    throw .usage("\(word) needs a value.")
                }
                values[word] = value
            } else {
                throw .usage("There is no option \(word).")
            }
        }
    }

    subscript(option: String) -> String? { values[option] }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    func number(_ option: String, in range: ClosedRange<Int>) throws(CommandFailure) -> Int? {
        guard let text = values[option] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .usage("\(option) is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    func address(_ option: String, else standard: String) throws(CommandFailure) -> EdgeAddress {
        guard let address = EdgeAddress(values[option] ?? standard) else {
            throw .usage("\(option) is http://HOST:PORT.")
        }
        return address
    }

    /// The token in the file that `--token-file` names: on the command line others could read it.
    func token() throws(CommandFailure) -> String? {
        guard let path = values["--token-file"] else { return nil }
        guard let file = unsafe fopen(path, "re") else {
            throw .failed("\(path): can not be read")
        }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        let token = text.prefix { !$0.isWhitespace }
        guard !token.isEmpty else { throw .failed("\(path): there is no token in it") }
        return String(token)
    }
}
