internal import Rendition
internal import Events
internal import Store
internal import Text

/// One entry of one table, as it lies there.
package struct IndexEntry: Sendable {
    package let table: String
    package let key: [UInt8]
    package let value: [UInt8]
    /// What it says, of the table of images, for people.
    package var image: ImageDocument?

    package init(table: String, key: [UInt8], value: [UInt8]) {
        (self.table, self.key, self.value) = (table, key, value)
    }
}

extension StoredIndex {
    package static let tableNames = Tables.names + EventJournal.tableNames

    /// Every entry of every table, of one moment, until `body` says that it is enough. What is
    /// there then stays in the file until the end: an edge that writes meanwhile lets it grow.
    package func forEachEntry(_ body: (IndexEntry) -> Bool) throws(Failure) {
        do throws(StoreError) {
            try store.read { snapshot throws(StoreError) in
                for name in Self.tableNames {
                    guard let table = store.database(ifThere: name) else { continue }
                    var goesOn = true
                    try snapshot.scan(table, from: .first) { key, value throws(StoreError) in
                        var entry = IndexEntry(
                            table: name, key: key.indices.map { key[$0] },
                            value: unsafe value.withUnsafeBytes { unsafe Array($0) })
                        if name == tables.images.name, let place = OrderKey(key) {
                            entry.image = try Tables.decode(entry.value, place.hash)
                        }
                        goesOn = body(entry)
                        return goesOn ? .next : .stop
                    }
                    if !goesOn { return }
                }
            }
        } catch { throw .failed(ImageIndexError(error)) }
    }
}

/// Makes an index of the entries of another one. What it is of, and so of which version, is among
/// them: an edge brings an older one up to date when it opens it.
package struct IndexLoader: Sendable {
    package enum Failure: Error, CustomStringConvertible {
        case failed(ImageIndexError)
        case impossible(table: String)
        /// What it is made of is no dump.
        case malformed(String)

        package var description: String {
            switch self {
            case .failed(let error): "\(error)"
            case .impossible(let table): "an entry of \(table) is none of an index"
            case .malformed(let reason): reason
            }
        }
    }

    private let store: Store
    private let tables: Set<UTF8String>

    /// - Parameter directory: is there, and nothing in it.
    package init(directory: String, tables: [String]) throws(Failure) {
        for name in tables where !Self.isName(name) { throw .impossible(table: name) }
        // One flush at the end: until then it is no index of anybody's.
        do throws(StoreError) {
            store = try Store(
                directory: directory, databases: tables, options: .init(durability: .processOnly))
        } catch { throw .failed(ImageIndexError(error)) }
        self.tables = Set(tables.map { UTF8String($0) })
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || $0 == 0x2D }
    }

    package func add(_ entries: [IndexEntry]) throws(Failure) {
        for entry in entries
        where !tables.contains(UTF8String(entry.table))
            || !(1...Store.maximumKeyByteCount).contains(entry.key.count)
        { throw .impossible(table: entry.table) }
        do throws(StoreError) {
            try store.write { transaction throws(StoreError) in
                for entry in entries {
                    try transaction.put(
                        entry.value, for: entry.key, in: store.database(entry.table))
                }
            }
        } catch { throw .failed(ImageIndexError(error)) }
    }

    package func finish() throws(Failure) {
        do throws(StoreError) { try store.synchronize() } catch {
            throw .failed(ImageIndexError(error))
        }
    }
}
