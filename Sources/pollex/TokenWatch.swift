internal import Configuration
internal import Digest
internal import JSON
internal import LinuxIO
internal import Permission
internal import Synchronization
internal import Telemetry
internal import Text

/// Who may do what, right now: the tokens of the configuration, and those of the file that
/// `pollex token` changes. Each question looks at the file's status (a microsecond), so that a
/// token that was revoked opens nothing any more.
final class TokenWatch: Sendable {
    private struct State {
        var version: FileStamp?
        var configured: [Access.Token]
        /// Those of the file.
        var kept: [Access.Token]
        var tokens: [Access.Token] { configured + kept }
    }

    private let store: TokenStore
    private let directory: String
    private let events: EventLog
    private let state: Mutex<State>

    init(_ configuration: Configuration, events: EventLog) throws(StartError) {
        let configured = configuration.auth.tokens.compactMap(\.edgeToken)
        self.events = events
        directory = configuration.data
        do throws(TokenStore.Failure) {
            store = try TokenStore(dataDirectory: configuration.data)
            // The status first: should the file change in between, it is read again.
            let version = try store.version()
            let kept = try store.read().compactMap(\.edgeToken)
            state = Mutex(State(version: version, configured: configured, kept: kept))
        } catch {
            throw .storage(directory: configuration.data, reason: "\(error)")
        }
    }

    func access(by configuration: Configuration) -> Access {
        var access = Access(
            tokens: { [self] in current() }, uploads: configuration.uploadAccess,
            index: configuration.indexAccess)
        access.keeper = self
        return access
    }

    /// Takes the tokens of a configuration that was read again.
    func configure(_ tokens: [AccessToken]) {
        state.withLock { $0.configured = tokens.compactMap(\.edgeToken) }
    }

    /// A file that can not be read leaves those known before, and is told once.
    func current() -> [Access.Token] {
        state.withLock { state in
            do throws(TokenStore.Failure) {
                let version = try store.version()
                guard version != state.version else { return state.tokens }
                state.version = version
                state.kept = try store.read().compactMap(\.edgeToken)
                events.log(.info, "tokens-changed") { $0.field("tokens", state.tokens.count) }
            } catch {
                events.log(.error, "tokens-unreadable") { $0.field("reason", "\(error)") }
            }
            return state.tokens
        }
    }
}

/// By pages, as `pollex token` does it by commands.
extension TokenWatch: TokenKeeper {
    func kept() throws(TokenKeepingFailure) -> [Access.Token] {
        do throws(TokenStore.Failure) { return try store.read().compactMap(\.edgeToken) } catch {
            throw .failed("\(error)")
        }
    }

    func add(
        _ scopes: Set<Scope>, owner: UTF8String?, expires: Int64?
    ) throws(TokenKeepingFailure) -> (text: String, token: Access.Token) {
        let made = try change { (store) throws(TokenStore.Failure) in
            try store.add(scopes, owner: owner, expires: expires)
        }
        guard let made, let token = made.token.edgeToken
        else { throw .full(limit: TokenFile.tokenLimit) }
        return (made.text, token)
    }

    func revoke(_ id: String) throws(TokenKeepingFailure) -> Bool {
        let found = try change { (store) throws(TokenStore.Failure) in try store.revoke(id) }
        return found.count == 1
    }

    /// On a descriptor of its own: what locks the directory is closed with it.
    private func change<R>(
        _ body: (borrowing TokenStore) throws(TokenStore.Failure) -> R
    ) throws(TokenKeepingFailure) -> R {
        do throws(TokenStore.Failure) {
            return try body(try TokenStore(dataDirectory: directory))
        } catch {
            if case .isBusy = error { throw .busy }
            throw .failed("\(error)")
        }
    }
}

extension AccessToken {
    fileprivate var edgeToken: Access.Token? {
        guard let digest = SHA256Digest(bytes: digest) else { return nil }
        return Access.Token(digest: digest, scopes: scopes, owner: owner, expires: expires)
    }
}
