internal import Coding
internal import Configuration
internal import LinuxIO
internal import Permission
internal import Text

extension Command {
    static let token = Command(
        name: "token", summary: "who may upload, read the index and delete",
        forms: ["add --scopes SCOPE,… [options]", "list [options]", "revoke ID [options]"],
        about: """
            Scopes: upload, read, delete, admin (all of them). With an owner it uploads for it.
            add prints the token, once; a running edge takes it from the next request on. An ID is
            at least the first 8 digits that list shows. Edges that share an index share its tokens:
            each knows of a change within two seconds.
            """,
        options: [
            CommandOption("--scopes", "LIST", "what the new token is good for"),
            CommandOption("--owner", "NAME", "whose images it is for; else everybody's"),
            CommandOption("--expires", "SECONDS", "the token holds for so many seconds from now"),
            CommandOption(
                "--until", "TIME", "the token holds until: Unix seconds or 2026-01-31T12:00:00Z"),
            CommandOption("--config", "FILE", "the edge's, for its data directory"),
            CommandOption("--data", "DIR", "the edge's data directory"),
        ],
        run: { words throws(CommandFailure) in
            let action = try TokenAction(words)
            let configuration = try words.configuration(["--data"])
            do throws(TokenStore.Failure) {
                if let place = configuration.index.place {
                    return try action.run(on: try SharedTokens(place))
                }
                return try action.run(on: try TokenStore(ofEdgeIn: configuration.data))
            } catch { throw .failed("\(error)") }
        })
}

/// `pollex token`: who may do what, without the tokens themselves being kept anywhere.
private enum TokenAction {
    case add(Set<Scope>, owner: UTF8String?, expires: Int64?)
    case list
    case revoke(String)

    init(_ words: CommandWords) throws(CommandFailure) {
        let operands = words.operands
        switch (operands.first, operands.count) {
        case ("add", 1):
            self = .add(
                try Self.scopes(words["--scopes"]), owner: try Self.owner(words["--owner"]),
                expires: try SignatureEnd(words).expires(now: Clock.wallSeconds()))
        case ("list", 1): self = .list
        case ("revoke", 2): self = .revoke(operands[1])
        default: throw .usage("token takes add, list, or revoke and an ID.")
        }
    }

    /// The exit status.
    func run(on store: borrowing some TokenPlace & ~Copyable) throws(TokenStore.Failure) -> Int32 {
        switch self {
        case .list:
            for token in try store.read() { print(Self.line(of: token)) }
            return 0
        case .add(let scopes, let owner, let expires):
            return try Self.add(scopes, owner, expires, to: store)
        case .revoke(let id): return try Self.revoke(id, in: store)
        }
    }

    private static func add(
        _ scopes: Set<Scope>, _ owner: UTF8String?, _ expires: Int64?,
        to store: borrowing some TokenPlace & ~Copyable
    ) throws(TokenStore.Failure) -> Int32 {
        guard let (secret, token) = try store.add(scopes, owner: owner, expires: expires) else {
            Main.complain("There are \(TokenFile.tokenLimit) tokens already.")
            return 1
        }
        print(secret)
        guard (try? Process.flushOutput()) != nil else {
            try store.change { tokens in tokens.removeAll { $0.hex == token.hex } }
            Main.complain("The token could not be shown, and is not added.")
            return 1
        }
        Main.complain("added \(line(of: token)); the token is not shown again")
        return 0
    }

    private static func revoke(
        _ id: String, in store: borrowing some TokenPlace & ~Copyable
    ) throws(TokenStore.Failure) -> Int32 {
        let isLongEnough = id.utf8.count >= 8
        let revoked =
            isLongEnough
            ? try store.revoke(id)
            : try store.read().filter { $0.hex.utf8.starts(with: id.utf8) }
        guard revoked.count == 1 else {
            Main.complain(
                revoked.isEmpty
                    ? "There is no such token: none begins with \(id); see pollex token list."
                    : "More than one token begins with \(id).")
            return 1
        }
        guard isLongEnough else {
            Main.complain("\(id) is too short to say which: take 8 digits at least.")
            return 1
        }
        Main.complain("revoked \(line(of: revoked[0]))")
        return 0
    }

    private static func line(of token: AccessToken) -> String {
        let scopes = token.scopeWords.joined(separator: ",")
        let end = token.expires.map { expires in
            var text: [UInt8] = []
            Timestamp(microseconds: UInt64(clamping: expires) * 1_000_000).append(to: &text)
            let word = token.isExpired(at: Clock.wallSeconds()) ? "expired" : "until"
            return " \(word) \(String(decoding: text, as: UTF8.self))"
        }
        return "\(token.id) \(scopes)" + (token.owner.map { " \($0.string.visible)" } ?? "")
            + (end ?? "")
    }

    private static func scopes(_ text: String?) throws(CommandFailure) -> Set<Scope> {
        let words = (text ?? "").fields(separatedBy: ",").map { String($0.withoutOuterBlanks) }
        let scopes = words.compactMap(Scope.init)
        guard !scopes.isEmpty, scopes.count == words.count else {
            throw .invalid("--scopes takes some of upload, read, delete, admin.")
        }
        return Set(scopes)
    }

    private static func owner(_ text: String?) throws(CommandFailure) -> UTF8String? {
        guard let text else { return nil }
        guard (1...256).contains(text.utf8.count), !text.utf8.contains(where: { $0 < 0x20 })
        else {
            throw .invalid("--owner takes a name of at most 256 bytes.")
        }
        return UTF8String(text)
    }
}
