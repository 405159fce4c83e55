package import Digest
internal import HTTP
package import HTTPServer
package import ImageIndex
internal import LinuxIO
package import Text

/// What a token lets its bearer do.
package enum Scope: String, Sendable, CaseIterable { case upload, read, delete, admin }

/// Who may do what: tokens, and which routes need one.
package struct Access: Sendable {
    package struct Token: Sendable {
        /// SHA-256 of the token's text; the text itself is nowhere.
        package let digest: SHA256Digest
        package let scopes: Set<Scope>
        /// Uploads with this token belong to this owner, and unless it is an administrator's it
        /// reaches no other images.
        package let owner: UTF8String?

        /// When it ends, in Unix seconds; `nil`: never.
        package let expires: Int64?

        package init(
            digest: SHA256Digest, scopes: Set<Scope>, owner: UTF8String?, expires: Int64? = nil
        ) {
            self.digest = digest
            self.expires = expires
            self.scopes = scopes
            self.owner = owner
        }
    }

    /// Who may do something without a token.
    package enum Rule: String, Sendable {
        /// Everybody.
        case open
        /// Who sits at the machine; see `Provenance`.
        case local
        case token
    }

    /// As they are now: they may change while the edge runs.
    package var tokens: @Sendable () -> [Token]
    /// Of uploads and changes.
    package var uploads: Rule
    /// Of reading the index.
    package var index: Rule
    /// Of those tokens that come and go while the edge runs.
    package var keeper: (any TokenKeeper)?

    package init(tokens: @escaping @Sendable () -> [Token], uploads: Rule, index: Rule) {
        self.tokens = tokens
        self.uploads = uploads
        self.index = index
    }

    package enum Decision {
        case allowed(Grant)
        case unauthorized
        /// The token does not reach so far.
        case forbidden
        /// A page of another origin asks for a change, without a token.
        case foreign
    }

    /// - Parameter origins: those whose pages may do what our own may.
    func decide(_ scope: Scope, for exchange: Exchange, origins: [String]) -> Decision {
        let found = exchange.tokenDigests.compactMap(token)
        let good = found.first { $0.scopes.contains(scope) || $0.scopes.contains(.admin) }
        if let good {
            let isAdmin = good.scopes.contains(.admin)
            return .allowed(
                Grant(
                    owner: good.owner, isBound: good.owner != nil && !isAdmin, isAdmin: isAdmin,
                    token: good.digest.bytes.lowHalf))
        }
        guard found.isEmpty else { return .forbidden }
        // Credentials that are none of ours were meant for somebody on the way.
        let headBytes = exchange.headBytes
        let provenance = Provenance(
            exchange.head, in: headBytes.span, from: exchange.peer, listed: origins)
        guard (scope == .read ? index : uploads).opens(to: provenance) else { return .unauthorized }
        guard exchange.head.method.isSafe || !provenance.isForeign else { return .foreign }
        return .allowed(
            Grant(
                owner: nil, isBound: false, isAdmin: uploads.opens(to: provenance), token: nil))
    }

    /// Every token is compared, each in constant time: nothing tells which one was near.
    private func token(of presented: SHA256Digest) -> Token? {
        var found: Token?
        let now = Clock.wallSeconds()
        for token in tokens() where token.digest.isEqualInConstantTime(to: presented) {
            // One that has ended is none.
            if token.expires.map({ $0 > now }) ?? true { found = token }
        }
        return found
    }
}

extension Access.Rule {
    fileprivate func opens(to provenance: Provenance) -> Bool {
        switch self {
        case .open: true
        case .local: provenance.isLocal
        case .token: false
        }
    }
}

/// In whose name a request may do what it asks for.
package struct Grant {
    /// What it uploads belongs to this owner; `nil` says nothing.
    package let owner: UTF8String?
    /// It sees and changes this owner's images only. Administrators see all.
    package let isBound: Bool
    /// It decides for everybody: that bytes are blocked. On an open edge all do who come without a
    /// token.
    package let isAdmin: Bool
    /// By which quotas tell tokens apart; `nil`: it came without one of ours.
    package let token: SIMD16<UInt8>?

    /// Who came by an upload link: for its owner, and bound to that.
    package init(_ owner: UTF8String?) {
        (self.owner, isBound, isAdmin, token) = (owner, owner != nil, false, nil)
    }

    init(owner: UTF8String?, isBound: Bool, isAdmin: Bool, token: SIMD16<UInt8>?) {
        (self.owner, self.isBound) = (owner, isBound)
        (self.isAdmin, self.token) = (isAdmin, token)
    }

    /// Who shares the workers with others, as far as he is known.
    package func client(of exchange: Exchange) -> SIMD16<UInt8> {
        token ?? exchange.peer.network.bytes
    }

    /// Which entry it sees and changes, where several owners have the same bytes.
    package var choice: EntryChoice { realm.map { .own($0) } ?? .any(preferring: owner) }

    /// Whose images it sees and changes; `nil`: everybody's.
    package var realm: UTF8String? { isBound ? owner : nil }

    package func reaches(_ owner: UTF8String?) -> Bool { !isBound || owner == self.owner }
}

extension Exchange {
    /// Tokens that are looked at in one request.
    private static let tokenLimit = 8

    /// SHA-256 of each bearer token that came, good or not (RFC 6750 §2.1). `Authorization` has
    /// one value, but proxies add one of theirs as a second line or behind a comma.
    var tokenDigests: [SHA256Digest] {
        let scheme: StaticString = "bearer "
        let headBytes = headBytes
        var digests: [SHA256Digest] = []
        head.forEachElement(of: .authorization, in: headBytes.span) { element in
            guard digests.count < Self.tokenLimit, element.startsIgnoringCase(with: scheme)
            else { return }
            let token = element.extracting(scheme.utf8CodeUnitCount...).array
                .drop { $0 == UInt8(ascii: " ") }
            digests.append(SHA256Digest(of: Array(token)))
        }
        return digests
    }
}
