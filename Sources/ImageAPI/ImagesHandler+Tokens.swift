package import Answers
internal import Coding
internal import Digest
internal import HTTP
package import HTTPServer
internal import JSON
internal import LinuxIO
package import Permission
internal import Rendition
internal import Telemetry
internal import Text

/// Tokens of this edge, for who comes with one that may do everything: an edge that is open to
/// somebody without a token lets nobody make one by that.
extension ImagesHandler {
    /// `GET /tokens`: those that can be revoked here.
    package func listTokens(_ grant: Grant) async throws(ProblemAnswer) -> Response {
        let keeper = try tokenKeeper(grant)
        let tokens: [Access.Token]
        do throws(TokenKeepingFailure) { tokens = try keeper.kept() } catch {
            throw refusal(error)
        }
        return json(.ok) { json in
            json.beginObject()
            json.key("tokens")
            json.beginArray()
            for token in tokens {
                json.beginObject()
                json.append(token)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }

    /// `POST /tokens`.
    package func addToken(_ grant: Grant) async throws(ProblemAnswer) -> Response {
        let keeper = try tokenKeeper(grant)
        let request = try TokenRequest(try await body(atMost: TokenRequest.maximumByteCount))
        let expires = request.seconds.map { Clock.wallSeconds() + Int64($0) }
        let made: (text: String, token: Access.Token)
        do throws(TokenKeepingFailure) {
            made = try keeper.add(request.scopes, owner: request.owner, expires: expires)
        } catch {
            throw refusal(error)
        }
        services.events.log(.info, "token-added") { $0.field("id", made.token.id) }
        return json(.created) { json in
            json.beginObject()
            json.append(made.token)
            json.field("token", made.text)
            json.endObject()
        }
    }

    /// `DELETE /tokens/<id>`.
    package func revokeToken(_ grant: Grant) async throws(ProblemAnswer) -> Response {
        let keeper = try tokenKeeper(grant)
        let id = String(Substring(exchange.target.utf8.dropFirst("/tokens/".utf8.count)))
        let isGone: Bool
        do throws(TokenKeepingFailure) {
            isGone = id.utf8.count >= Access.Token.idDigitCount ? try keeper.revoke(id) : false
        } catch {
            throw refusal(error)
        }
        guard isGone else {
            throw ProblemAnswer(
                status: .notFound, detail: "No token that is kept here has this id.")
        }
        services.events.log(.info, "token-revoked") { $0.field("id", id) }
        return json(.noContent, [], [])
    }

    private func tokenKeeper(_ grant: Grant) throws(ProblemAnswer) -> any TokenKeeper {
        guard grant.token != nil else { throw .unauthorized }
        guard let keeper = services.permissions.access.keeper else { throw .unknownPath }
        return keeper
    }

    private func refusal(_ failure: TokenKeepingFailure) -> ProblemAnswer {
        switch failure {
        case .full(let limit):
            return ProblemAnswer(
                status: .conflict, detail: "There are \(limit) tokens already, as many as may be.")
        case .busy: return .overloaded(retryAfterSeconds: 1)
        case .failed(let reason):
            services.events.log(.error, "tokens-unreadable") { $0.field("reason", reason) }
            return .storageFailing
        }
    }
}

extension Access.Token {
    static let idDigitCount = 12

    /// Enough of the digest to name the token.
    fileprivate var id: String {
        let bytes = digest.bytes
        return Hex.text(of: (0..<Self.idDigitCount / 2).map { bytes[$0] })
    }
}

extension JSONWriter {
    fileprivate mutating func append(_ token: Access.Token) {
        field("id", token.id)
        key("scopes")
        beginArray()
        for scope in Scope.allCases where token.scopes.contains(scope) { string(scope.rawValue) }
        endArray()
        key("owner")
        if let owner = token.owner { string(owner.string) } else { null() }
        key("expires")
        if let end = token.expires {
            timestamp(microseconds: UInt64(clamping: end) * 1_000_000)
        } else {
            null()
        }
    }
}
