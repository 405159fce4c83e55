internal import Configuration
internal import Digest
internal import JSON
internal import LinuxIO
internal import Permission
internal import SharedIndex
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
        /// Of the index that edges share, and of which of its states.
        var shared: [Access.Token] = []
        var sharedVersion: UInt64 = 0
        var tokens: [Access.Token] { configured + kept + shared }
    }

    private let store: TokenStore
    private let directory: String
    private let index: SharedImageIndex?
    /// Where that has them.
    private let database: String?
    private let events: EventLog
    private let state: Mutex<State>

    init(
        _ configuration: Configuration, _ index: SharedImageIndex?, events: EventLog
    ) throws(StartError) {
        self.index = index
        let configured = configuration.auth.tokens.compactMap(\.edgeToken)
        self.events = events
        (directory, database) = (configuration.data, configuration.index.place)
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

    /// What can not be read leaves those known before, and is tried again with the next question.
    private func takeShared(_ state: inout State) {
        guard let index else { return }
        let version = index.tokenVersion
        guard version != state.sharedVersion, let records = try? index.tokens(),
            let tokens = try? SharedTokens.tokens(in: records)
        else { return }
        state.shared = tokens.compactMap(\.edgeToken)
        state.sharedVersion = version
    }

    /// A file that can not be read leaves those known before, and is told once.
    func current() -> [Access.Token] {
        state.withLock { state in
            takeShared(&state)
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
        try onPlace { (place) throws(TokenStore.Failure) in
            try place.read().compactMap(\.edgeToken)
        }
    }

    func add(
        _ scopes: Set<Scope>, owner: UTF8String?, expires: Int64?
    ) throws(TokenKeepingFailure) -> (text: String, token: Access.Token) {
        let made = try onPlace { (place) throws(TokenStore.Failure) in
            try place.add(scopes, owner: owner, expires: expires)
        }
        guard let made, let token = made.token.edgeToken
        else { throw .full(limit: TokenFile.tokenLimit) }
        return (made.text, token)
    }

    func revoke(_ id: String) throws(TokenKeepingFailure) -> Bool {
        let found = try onPlace { (place) throws(TokenStore.Failure) in try place.revoke(id) }
        return found.count == 1
    }

    /// On a descriptor or a connection of its own: what locks the directory is closed with it.
    private func onPlace<R>(
        _ body: (borrowing any TokenPlace & ~Copyable) throws(TokenStore.Failure) -> R
    ) throws(TokenKeepingFailure) -> R {
        do throws(TokenStore.Failure) {
            if let database { return try body(try SharedTokens(database)) }
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
