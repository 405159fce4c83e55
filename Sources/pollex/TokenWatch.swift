internal import Configuration
internal import Digest
internal import JSON
internal import LinuxIO
internal import Permission
internal import Synchronization
internal import Telemetry

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
    private let events: EventLog
    private let state: Mutex<State>

    init(_ configuration: Configuration, events: EventLog) throws(StartError) {
        let configured = configuration.auth.tokens.compactMap(\.edgeToken)
        self.events = events
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
        Access(
            tokens: { [self] in current() }, uploads: configuration.uploadAccess,
            index: configuration.indexAccess)
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

extension AccessToken {
    fileprivate var edgeToken: Access.Token? {
        guard let digest = SHA256Digest(bytes: digest) else { return nil }
        return Access.Token(digest: digest, scopes: scopes, owner: owner, expires: expires)
    }
}
