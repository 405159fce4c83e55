internal import Coding
internal import Configuration
internal import Digest
internal import Permission
internal import Text

/// Where tokens are kept that are added and revoked while an edge runs.
protocol TokenPlace: ~Copyable {
    func read() throws(TokenStore.Failure) -> [AccessToken]

    /// As a whole and durably, one command at a time.
    func change<R>(_ body: (inout [AccessToken]) -> R) throws(TokenStore.Failure) -> R
}

extension TokenStore: TokenPlace {}

extension TokenPlace where Self: ~Copyable {
    /// A new one and its text, which is not kept; `nil`: there are as many as there may be.
    func add(
        _ scopes: Set<Scope>, owner: UTF8String?, expires: Int64?
    ) throws(TokenStore.Failure) -> (text: String, token: AccessToken)? {
        // The word before the digits lets scanners of sources find it.
        let secret = "pollex_" + Hex.random(byteCount: 32)
        let digest = SHA256Digest(of: Array(secret.utf8)).bytes
        let token = AccessToken(
            digest: digest.indices.map { digest[$0] }, scopes: scopes, owner: owner,
            expires: expires)
        let isAdded = try change { tokens in
            guard tokens.count < TokenFile.tokenLimit else { return false }
            tokens.append(token)
            return true
        }
        return isAdded ? (secret, token) : nil
    }

    /// Takes away the one whose digest begins so.
    ///
    /// - Returns: all that begin so; unless that is one, none is taken away.
    func revoke(_ id: String) throws(TokenStore.Failure) -> [AccessToken] {
        try change { tokens in
            let found = tokens.filter { $0.hex.utf8.starts(with: id.utf8) }
            if found.count == 1 { tokens.removeAll { $0.hex == found[0].hex } }
            return found
        }
    }
}
