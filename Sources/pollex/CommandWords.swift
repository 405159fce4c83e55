internal import Client
internal import HTTP
internal import Glibc
internal import Text

/// Why a command did not do what was asked; told on standard error.
enum CommandFailure: Error {
    /// Exit status 2.
    case usage(String)
    /// Exit status 1.
    case failed(String)
}

/// The words after a command's name: options with a value, flags, and what is left.
struct CommandWords {
    private var values: [UTF8String: String] = [:]
    private var flags: Set<UTF8String> = []
    private(set) var operands: [String] = []

    /// - Parameter options: long names with `--`; what stands behind `--` is no option.
    init(
        _ words: [String], options: Set<UTF8String>, flags known: Set<UTF8String>
    ) throws(CommandFailure) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                return
            }
            guard word.utf8.first == UInt8(ascii: "-"), word != "-" else {
                operands.append(word)
                continue
            }
            if known.contains(UTF8String(word)) {
                flags.insert(UTF8String(word))
            } else if options.contains(UTF8String(word)) {
                guard let value = rest.popFirst() else {
                    throw .usage("\(word) needs a value.")
                }
                values[UTF8String(word)] = value
            } else {
                throw .usage("There is no option \(word).")
            }
        }
    }

    subscript(option: UTF8String) -> String? { values[option] }

    func has(_ flag: UTF8String) -> Bool { flags.contains(flag) }

    func number(_ option: UTF8String, in range: ClosedRange<Int>) throws(CommandFailure) -> Int? {
        guard let text = values[option] else { return nil }
        guard let number = DecimalNumber.parse(text), range.contains(number) else {
            throw .usage("\(option) is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    func address(_ option: UTF8String, else standard: String) throws(CommandFailure) -> EdgeAddress
    {
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
