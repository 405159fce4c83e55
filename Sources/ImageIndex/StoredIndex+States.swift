package import Events
internal import Rendition
internal import Store

extension StoredIndex {
    /// Everything that several edges would share of it, of one moment, by name.
    package func forEachState(
        _ body: (_ name: [UInt8], _ bytes: [UInt8]) -> Bool
    ) throws(Failure) {
        do throws(StoreError) {
            try store.read { snapshot throws(StoreError) in
                for table in [tables.summaries, tables.verdicts] + [tables.links].compactMap({ $0 })
                {
                    var goesOn = true
                    try snapshot.scan(table, from: .first) { name, _ throws(StoreError) in
                        let key = try Self.key(name, of: table, tables)
                        guard try isFirst(key, of: table, in: snapshot) else { return .next }
                        goesOn = body(key.name, try tables.state(of: key, in: snapshot))
                        return goesOn ? .next : .stop
                    }
                    if !goesOn { return }
                }
            }
        } catch { throw .failed(ImageIndexError(error)) }
    }

    private static func key(
        _ name: Span<UInt8>, of table: Database, _ tables: Tables
    ) throws(StoreError) -> StateKey {
        if table.name == tables.links?.name { return .link(name.indices.map { name[$0] }) }
        guard let hash = ContentHash(raw: name) else { throw .damagedRecord }
        return .image(hash)
    }

    /// What has a summary was told with it.
    private func isFirst(
        _ key: StateKey, of table: Database, in snapshot: borrowing Snapshot
    ) throws(StoreError) -> Bool {
        guard table.name == tables.verdicts.name, case .image(let hash) = key else { return true }
        return try tables.summary(hash, in: snapshot) == nil
    }

    /// What is still to be told, to whom it was to be told.
    package func untoldEvents() throws(Failure) -> [UntoldEvent] {
        guard let events = UntoldEvents(ifThereIn: store) else { return [] }
        do throws(StoreError) {
            return try store.read { snapshot throws(StoreError) in
                try events.all(in: snapshot)
            }
        } catch { throw .failed(ImageIndexError(error)) }
    }
}
