internal import Coding
internal import Configuration
internal import Digest
internal import LinuxIO
internal import Text

/// `pollex token`: who may do what, without the tokens themselves being kept anywhere.
enum TokenCommand {
    static let usage = """
        usage: pollex token add --scopes SCOPE,… [--owner NAME] [--config FILE] [--data DIR]
               pollex token list                                [--config FILE] [--data DIR]
               pollex token revoke ID                           [--config FILE] [--data DIR]
          Scopes: upload, read, delete, admin (all of them). With an owner it uploads for that one.
          add prints the token, once; a running edge takes it from the next request on.
        """

    /// The exit status.
    static func run(_ words: [String]) -> Int32 {
        if words.contains("--help") {
            print(usage)
            return 0
        }
        let arguments: Arguments
        let configuration: Configuration
        do {
            arguments = try Arguments(words)
            configuration = try Configuration.load(
                file: arguments.values["--config"], environment: try Process.environment(),
                flags: arguments.values["--data"].map { [(key: "data", text: $0)] } ?? [])
        } catch {
            Main.complain("\(error)")
            return 2
        }
        do throws(TokenStore.Failure) {
            let store = try TokenStore(ofEdgeIn: configuration.data)
            switch arguments.action {
            case .list:
                for token in try store.read() { print(line(of: token)) }
                return 0
            case .add(let scopes, let owner): return try add(scopes, owner, to: store)
            case .revoke(let id): return try revoke(id, in: store)
            }
        } catch {
            Main.complain("\(error)")
            return 1
        }
    }

    private static func add(
        _ scopes: Set<AccessToken.Scope>, _ owner: UTF8String?, to store: borrowing TokenStore
    ) throws(TokenStore.Failure) -> Int32 {
        // 256 bits of the kernel's; the word before them lets scanners of sources find it.
        let secret =
            "pollex_"
            + (0..<4).map { _ in Hex.text(.random(in: 0...UInt64.max), digits: 16) }.joined()
        let digest = SHA256Digest(of: Array(secret.utf8)).bytes
        let token = AccessToken(
            digest: digest.indices.map { digest[$0] }, scopes: scopes, owner: owner)
        let isAdded = try store.change { tokens in
            guard tokens.count < TokenFile.tokenLimit else { return false }
            tokens.append(token)
            return true
        }
        guard isAdded else {
            Main.complain("There are \(TokenFile.tokenLimit) tokens already.")
            return 1
        }
        print(secret)
        Main.complain("added \(line(of: token)); the token is not shown again")
        return 0
    }

    private static func revoke(
        _ id: String, in store: borrowing TokenStore
    ) throws(TokenStore.Failure) -> Int32 {
        let revoked = try store.change { tokens -> [AccessToken] in
            let found = tokens.filter { $0.hex.utf8.starts(with: id.utf8) }
            if found.count == 1 { tokens.removeAll { $0.hex.utf8.starts(with: id.utf8) } }
            return found
        }
        guard revoked.count == 1 else {
            Main.complain("\(revoked.isEmpty ? "No" : "More than one") token begins with \(id).")
            return 1
        }
        Main.complain("revoked \(line(of: revoked[0]))")
        return 0
    }

    private static func line(of token: AccessToken) -> String {
        let scopes = token.scopeWords.joined(separator: ",")
        return "\(token.id) \(scopes)" + (token.owner.map { " \($0.string.visible)" } ?? "")
    }
}

extension TokenCommand {
    fileprivate struct Misuse: Error, CustomStringConvertible {
        let description: String
    }

    /// The words of the command line.
    fileprivate struct Arguments {
        enum Action {
            case add(Set<AccessToken.Scope>, owner: UTF8String?)
            case list
            case revoke(String)
        }

        let action: Action
        private(set) var values: [UTF8String: String] = [:]

        init(_ words: [String]) throws(Misuse) {
            var plain: [String] = []
            var rest = words[...]
            while let word = rest.popFirst() {
                guard word.utf8.starts(with: "--".utf8) else {
                    plain.append(word)
                    continue
                }
                guard ["--config", "--data", "--scopes", "--owner"].contains(word),
                    let value = rest.popFirst()
                else { throw Misuse(description: "\(word) is unknown or needs a value.\n\(usage)") }
                values[UTF8String(word)] = value
            }
            switch (plain.first, plain.count) {
            case ("add", 1):
                action = .add(
                    try Self.scopes(values["--scopes"]), owner: try Self.owner(values["--owner"]))
            case ("list", 1): action = .list
            case ("revoke", 2) where plain[1].utf8.count >= 8: action = .revoke(plain[1])
            default: throw Misuse(description: usage)
            }
        }

        private static func scopes(_ text: String?) throws(Misuse) -> Set<AccessToken.Scope> {
            let words = (text ?? "").fields(separatedBy: ",").map { String($0.withoutOuterBlanks) }
            let scopes = words.compactMap(AccessToken.Scope.init)
            guard !scopes.isEmpty, scopes.count == words.count else {
                throw Misuse(description: "--scopes takes some of upload, read, delete, admin.")
            }
            return Set(scopes)
        }

        private static func owner(_ text: String?) throws(Misuse) -> UTF8String? {
            guard let text else { return nil }
            guard (1...256).contains(text.utf8.count), !text.utf8.contains(where: { $0 < 0x20 })
            else {
                throw Misuse(description: "--owner takes a name of at most 256 bytes.")
            }
            return UTF8String(text)
        }
    }
}
