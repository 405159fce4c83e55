internal import Configuration
internal import ImageIndex
internal import PostgreSQL
internal import SharedIndex
internal import Store

/// The tokens of all edges that share an index, each by its digest.
struct SharedTokens: TokenPlace {
    private let records: SharedRecords

    init(_ place: String) throws(TokenStore.Failure) {
        do throws(Schema.Failure) { records = try SharedRecords(.init(place)) } catch {
            throw .database("\(error)")
        }
    }

    func read() throws(TokenStore.Failure) -> [AccessToken] { try kept().map(\.token) }

    /// Where another command was quicker it is done again on what that one left.
    func change<R>(_ body: (inout [AccessToken]) -> R) throws(TokenStore.Failure) -> R {
        while true {
            let old = try read()
            var new = old
            let result = body(&new)
            let known = try all()
            func change(_ token: AccessToken, _ bytes: [UInt8]) -> StateChange {
                let name = StateKey.token(token.digest).name
                return StateChange(
                    name: name, bytes: bytes, expected: known[name]?.number ?? 0)
            }
            let added = new.filter { !old.contains($0) }.map { change($0, Self.bytes(of: $0)) }
            let removed = old.filter { !new.contains($0) }.map { change($0, []) }
            if added.isEmpty && removed.isEmpty { return result }
            do throws(StoreError) {
                try records.enter(added + removed)
                return result
            } catch {
                guard error == .collided else { throw .database("\(error)") }
            }
        }
    }

    private func all() throws(TokenStore.Failure) -> KnownRecords {
        let range = StateKey.tokens
        do throws(StoreError) {
            return try records.records(from: range.first, to: range.last)
        } catch { throw .database("\(error)") }
    }

    private func kept() throws(TokenStore.Failure) -> [(name: [UInt8], token: AccessToken)] {
        var kept: [(name: [UInt8], token: AccessToken)] = []
        for (name, record) in try all() where !record.bytes.isEmpty {
            guard let token = try Self.tokens(in: [record.bytes]).first else { continue }
            kept.append((name, token))
        }
        return kept.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// Each as it stands in a file of tokens.
    static func tokens(in records: [[UInt8]]) throws(TokenStore.Failure) -> [AccessToken] {
        let text = Array("[".utf8) + records.flatMap { $0 + Array(",\n".utf8) } + Array("]".utf8)
        do throws(ConfigurationError) {
            return try TokenFile.parse(text, source: "the shared index")
        } catch { throw .malformed(error) }
    }

    private static func bytes(of token: AccessToken) -> [UInt8] {
        Array(TokenFile.element(of: token).utf8)
    }
}
