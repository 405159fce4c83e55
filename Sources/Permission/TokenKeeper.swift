package import Text

/// Who keeps the tokens that are added and revoked while the edge runs. May block on a disk.
package protocol TokenKeeper: Sendable {
    func kept() throws(TokenKeepingFailure) -> [Access.Token]

    /// A new one: its text, which is nowhere afterwards, and what is kept of it.
    func add(
        _ scopes: Set<Scope>, owner: UTF8String?, expires: Int64?
    ) throws(TokenKeepingFailure) -> (text: String, token: Access.Token)

    /// - Parameter id: the first digits of its digest.
    /// - Returns: `false` where none or several begin so.
    func revoke(_ id: String) throws(TokenKeepingFailure) -> Bool
}

package enum TokenKeepingFailure: Error {
    /// There are as many as there may be.
    case full(limit: Int)
    /// Somebody else is changing them.
    case busy
    /// For the log.
    case failed(String)
}
