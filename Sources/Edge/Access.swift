package import Digest
internal import HTTP
internal import HTTPServer
internal import ImageIndex
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

        package init(digest: SHA256Digest, scopes: Set<Scope>, owner: UTF8String?) {
            self.digest = digest
            self.scopes = scopes
            self.owner = owner
        }
    }

    /// As they are now: they may change while the edge runs.
    package var tokens: @Sendable () -> [Token]
    /// Uploads and changes without a token.
    package var uploadsAreOpen: Bool
    /// Reading the index without a token.
    package var indexIsOpen: Bool

    package init(
        tokens: @escaping @Sendable () -> [Token], uploadsAreOpen: Bool, indexIsOpen: Bool
    ) {
        self.tokens = tokens
        self.uploadsAreOpen = uploadsAreOpen
        self.indexIsOpen = indexIsOpen
    }

    enum Decision {
        case allowed(Grant)
        case unauthorized
        case forbidden
    }

    func decide(_ scope: Scope, for exchange: Exchange) -> Decision {
        let isOpen = scope == .read ? indexIsOpen : uploadsAreOpen
        guard exchange.value(of: .authorization) != nil else {
            return isOpen
                ? .allowed(Grant(owner: nil, isBound: false, isAdmin: uploadsAreOpen))
                : .unauthorized
        }
        guard let presented = exchange.tokenDigest else { return .unauthorized }
        // Every token is compared, each in constant time: nothing tells which one was near.
        var found: Token?
        for token in tokens() where token.digest.isEqualInConstantTime(to: presented) {
            found = token
        }
        guard let found else { return .unauthorized }
        guard found.scopes.contains(scope) || found.scopes.contains(.admin) else {
            return .forbidden
        }
        let isAdmin = found.scopes.contains(.admin)
        let isBound = found.owner != nil && !isAdmin
        return .allowed(Grant(owner: found.owner, isBound: isBound, isAdmin: isAdmin))
    }
}

/// In whose name a request may do what it asks for.
struct Grant {
    /// What it uploads belongs to this owner; `nil` says nothing.
    let owner: UTF8String?
    /// It sees and changes this owner's images only. Administrators see all.
    let isBound: Bool
    /// It decides for everybody: that bytes are blocked. On an open edge all do who come without a
    /// token.
    let isAdmin: Bool

    /// Which entry it sees and changes, where several owners have the same bytes.
    var choice: EntryChoice { realm.map { .own($0) } ?? .any(preferring: owner) }

    /// Whose images it sees and changes; `nil`: everybody's.
    var realm: UTF8String? { isBound ? owner : nil }

    func reaches(_ owner: UTF8String?) -> Bool { !isBound || owner == self.owner }
}

extension Exchange {
    /// SHA-256 of the bearer token that came, good or not.
    var tokenDigest: SHA256Digest? {
        let scheme: UTF8String = "bearer "
        guard let bearer = value(of: .authorization),
            UTF8String(bearer).lowercased.starts(with: scheme)
        else { return nil }
        return SHA256Digest(of: Array(bearer.utf8.dropFirst(scheme.utf8.count)))
    }

    /// By which quotas tell tokens apart.
    var tokenClient: SIMD16<UInt8>? { tokenDigest?.bytes.lowHalf }

    /// Who shares the workers with others, as far as he is known; ask it where a token that came
    /// is a good one.
    var client: SIMD16<UInt8> { tokenClient ?? peer.network.bytes }

    /// The first value of a field as text.
    func value(of field: KnownField) -> String? {
        guard let slice = head[field] else { return nil }
        return String(decoding: headBytes[slice.range], as: UTF8.self)
    }

    /// Those its answer carries.
    func fields(of services: EdgeServices) -> DeliveryFields {
        let headBytes = headBytes
        return services.fieldSets.fields(for: head, in: headBytes.span)
    }

    /// Path and query as they came.
    var target: String { String(decoding: headBytes[head.target.range], as: UTF8.self) }
}
