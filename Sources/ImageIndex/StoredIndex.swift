package import Rendition
internal import LinuxIO
internal import Store

/// The index as it lies on a disk, read beside an edge that may be at work in it, or where nothing
/// can be written: a snapshot, a backup. Nothing of it is changed.
package struct StoredIndex: Sendable {
    package enum Failure: Error, CustomStringConvertible {
        case failed(ImageIndexError)
        /// Of an older version, which an edge brings up to date when it is started.
        case older(format: UInt8)
        case empty

        /// Nothing can be read of it, and nothing but another one will help.
        package var isLoss: Bool {
            switch self {
            case .failed(.damaged), .failed(.missing), .empty: true
            case .failed, .older: false
            }
        }

        package var description: String {
            switch self {
            case .failed(let error): "\(error)"
            case .older(let format):
                "it is of format \(format); start the edge of this version on it once"
            case .empty: "there is no index in it"
            }
        }
    }

    let store: Store
    let tables: Tables

    /// Of its file; `nil`: there is none.
    package static func byteCount(in directory: String) -> Int? {
        try? FileStatus.of(path: "\(directory)/data.mdb").byteCount
    }

    package init(directory: String) throws(Failure) {
        var options = Store.Options()
        options.isReadOnly = true
        let format: UInt8?
        // To LMDB one without a byte is a new one, which it would have to write.
        if Self.byteCount(in: directory) == 0 { throw .empty }
        do throws(StoreError) {
            store = try Store(directory: directory, databases: Self.tableNames, options: options)
            format = try Tables.format(of: store)
        } catch { throw .failed(ImageIndexError(error)) }
        guard let format else { throw .empty }
        guard format == Tables.format else { throw .older(format: format) }
        tables = Tables(store)
    }

    /// Of all images that are present. Not in one snapshot: an edge goes on meanwhile.
    package func hashes() throws(Failure) -> Set<ContentHash> {
        var hashes: Set<ContentHash> = []
        var start = ScanStart.first
        do throws(StoreError) {
            while true {
                let last = try store.read { snapshot throws(StoreError) in
                    try Self.take(from: start, tables.images, in: snapshot, into: &hashes)
                }
                guard let last else { return hashes }
                start = .after(last)
            }
        } catch { throw .failed(ImageIndexError(error)) }
    }

    /// Of one.
    package func isPresent(_ hash: ContentHash) throws(Failure) -> Bool {
        do throws(StoreError) {
            return try store.read { snapshot throws(StoreError) in
                try tables.summary(hash, in: snapshot)?.state == .present
            }
        } catch { throw .failed(ImageIndexError(error)) }
    }

    /// Of all images that are or were there: of deleted and blocked ones too.
    package func knownHashes() throws(Failure) -> Set<ContentHash> {
        var hashes: Set<ContentHash> = []
        do throws(StoreError) {
            try store.read { snapshot throws(StoreError) in
                try snapshot.scan(tables.summaries, from: .first) { key, _ throws(StoreError) in
                    guard let hash = ContentHash(raw: key) else { throw .damagedRecord }
                    hashes.insert(hash)
                    return .next
                }
            }
        } catch { throw .failed(ImageIndexError(error)) }
        return hashes
    }

    private static let batchCount = 10_000

    /// The last key it has come to; `nil` at the end.
    private static func take(
        from start: ScanStart, _ images: Database, in snapshot: borrowing Snapshot,
        into hashes: inout Set<ContentHash>
    ) throws(StoreError) -> [UInt8]? {
        var (last, count): ([UInt8]?, Int) = (nil, 0)
        try snapshot.scan(images, from: start) { key, _ throws(StoreError) in
            guard let place = OrderKey(key) else { throw .damagedRecord }
            hashes.insert(place.hash)
            (last, count) = (place.bytes, count + 1)
            return count < batchCount ? .next : .stop
        }
        return count < batchCount ? nil : last
    }
}
