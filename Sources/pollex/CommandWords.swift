internal import Client
internal import Configuration
internal import HTTP
internal import Glibc
internal import LinuxIO
internal import TLS
internal import Text

/// Why a command did not do what was asked; told on standard error.
enum CommandFailure: Error {
    /// The words are not those of the command; how they have to be is told too.
    case usage(String)
    /// What the words, the configuration or the environment say can not be.
    case invalid(String)
    case failed(String)

    var text: String {
        switch self {
        case .usage(let text), .invalid(let text), .failed(let text): text
        }
    }

    var isUsage: Bool { if case .usage = self { true } else { false } }

    /// The exit status.
    var status: Int32 {
        switch self {
        case .usage, .invalid: 2
        case .failed: 1
        }
    }
}

/// The words after a command's name: options with a value, flags, and what is left.
struct CommandWords {
    private let command: String
    private var values: [UTF8String: String] = [:]
    private var flags: Set<UTF8String> = []
    private(set) var operands: [String] = []

    /// What stands behind `--` is no option.
    init(_ words: [String], of command: Command) throws(CommandFailure) {
        self.command = command.name
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
            // `--name value` or `--name=value`.
            let parts = word.fields(separatedBy: "=", maxSplits: 1, keepsEmpty: true)
            let name = UTF8String(parts[0])
            let option = try Self.option(name, of: command)
            let joined = parts.count > 1 ? String(parts[1]) : nil
            if option.value == nil {
                guard joined == nil else { throw .usage("\(name) takes no value.") }
                flags.insert(option.name)
            } else {
                guard let value = joined ?? rest.popFirst()
                else { throw .usage("\(name) needs a value.") }
                values[option.name] = value
            }
        }
    }

    private static func option(
        _ name: UTF8String, of command: Command
    ) throws(CommandFailure) -> CommandOption {
        if let option = command.options.first(where: { $0.name == name }) { return option }
        let names = command.options.map(\.name.string)
        let hint = Spelling.likely(name.string, among: names).map { " Did you mean \($0)?" } ?? ""
        throw .usage("\(command.name) has no option \(name).\(hint)")
    }

    func takeNoOperands() throws(CommandFailure) {
        if let operand = operands.first { throw .usage("\(command) takes no \(operand).") }
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
        guard var address = EdgeAddress(values[option] ?? standard) else {
            throw .usage("\(option) is http://HOST:PORT or https://HOST:PORT.")
        }
        if address.isSecure { address.trust = try trust() }
        return address
    }

    /// Whom https is spoken with.
    private func trust() throws(CommandFailure) -> TLSTrust {
        let authorities = try values["--ca"].map(Self.contents)
        let chain = try values["--client-certificate"].map(Self.contents)
        let key = try values["--client-key"].map(Self.contents)
        guard (chain == nil) == (key == nil) else {
            throw .usage("--client-certificate and --client-key come together.")
        }
        let identity = chain.flatMap { chain in
            key.map { TLSMaterial.Identity(chain: chain, key: $0) }
        }
        do throws(TLSFault) {
            return try TLSTrust(authorities: authorities, identity: identity)
        } catch {
            let option: UTF8String =
                switch error {
                case .certificate: "--client-certificate"
                case .key, .pair: "--client-key"
                case .authorities, .noMemory, .ticketKeys: "--ca"
                }
            throw .failed("\(values[option] ?? option.string): \(error)")
        }
    }

    private static func contents(of path: String) throws(CommandFailure) -> [UInt8] {
        do throws(SystemError) { return try Files.contents(of: path, limit: 1 << 20) } catch {
            throw .failed("\(path): \(error)")
        }
    }

    /// The edge's own, with what these options say instead.
    func configuration(_ options: [UTF8String] = []) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) { return try loadConfiguration(options) } catch {
            throw .invalid("\(error)")
        }
    }

    func loadConfiguration(
        _ options: [UTF8String] = []
    ) throws(ConfigurationError) -> Configuration {
        let flags = options.compactMap { option in
            values[option].map { (key: Self.key(of: option), text: $0) }
        }
        return try Configuration.load(
            file: values["--config"], environment: try Process.environment(), flags: flags,
            defaults: .defaults(memoryByteCount: Allowance.own.memoryByteCount))
    }

    /// `--listen` is `listen`.
    private static func key(of option: UTF8String) -> String {
        let name = String(option.string.dropFirst(2))
        return name == "certificate" || name == "key" ? "tls.\(name)" : name
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
