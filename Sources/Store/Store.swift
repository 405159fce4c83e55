// One LMDB environment: a B+ tree in a memory-mapped file, written by one transaction at a time and
// read by any number of snapshots that never wait for it.
//
// What holds: values are lent to closures as spans over the map and can not leave them; a snapshot
// pins every page freed since it began, so whoever holds one must not wait; an environment is
// opened once in a process (a second one would drop the first one's locks, `mdb_env_open`).
internal import CLMDB
internal import Glibc

/// A named table of a store. Valid for the store that opened it.
package struct Database: Sendable {
    package let name: String
    let handle: MDB_dbi
}

@safe package final class Store: Sendable {
    package struct Options: Sendable {
        /// What a commit promises.
        package enum Durability: Sendable {
            /// Survives power loss: data and meta page are flushed before the commit returns.
            case durable
            /// Survives the process only. After power loss the file may be damaged.
            case processOnly
        }

        package var durability: Durability
        /// Virtual size of the map, the most the file can grow to. The file is sparse: a size
        /// beyond every need costs address space only, and spares resizing under readers.
        package var mapByteCount: Int
        package var maximumReaders: Int

        package init(
            durability: Durability = .durable, mapByteCount: Int = 64 << 30,
            maximumReaders: Int = 512
        ) {
            self.durability = durability
            self.mapByteCount = mapByteCount
            self.maximumReaders = maximumReaders
        }
    }

    /// Longest key in bytes (`mdb_env_get_maxkeysize` of the stock build).
    package static let maximumKeyByteCount = 511

    // LMDB's own locks make the environment usable from every thread.
    nonisolated(unsafe) let environment: OpaquePointer
    private let databases: [Database]

    /// Opens the environment in `directory`, which exists, and creates the named tables in it.
    package init(
        directory: String, databases names: [String], options: Options = Options()
    ) throws(StoreError) {
        var created: OpaquePointer?
        try unsafe StoreError.check(mdb_env_create(&created))
        guard let environment = unsafe created else { preconditionFailure("created nothing") }
        do throws(StoreError) {
            try unsafe StoreError.check(mdb_env_set_mapsize(environment, options.mapByteCount))
            try unsafe StoreError.check(
                mdb_env_set_maxreaders(environment, CUnsignedInt(options.maximumReaders)))
            try unsafe StoreError.check(mdb_env_set_maxdbs(environment, MDB_dbi(names.count)))
            var flags = CUnsignedInt(MDB_NOTLS | MDB_NORDAHEAD)
            if options.durability == .processOnly { flags |= CUnsignedInt(MDB_NOSYNC) }
            try unsafe StoreError.check(mdb_env_open(environment, directory, flags, 0o600))
            // Slots of readers that were killed would pin pages for ever.
            var dead: CInt = 0
            try unsafe StoreError.check(mdb_reader_check(environment, &dead))
            databases = try unsafe Self.openDatabases(names, in: environment)
        } catch {
            unsafe mdb_env_close(environment)
            throw error
        }
        unsafe self.environment = environment
    }

    deinit { unsafe mdb_env_close(environment) }

    /// The table opened under `name`; asking for another is a bug.
    package func database(_ name: String) -> Database {
        guard let found = databases.first(where: { $0.name == name }) else {
            preconditionFailure("the store was opened without the table \(name)")
        }
        return found
    }

    /// Runs `body` on one snapshot, which pins old pages: `body` must not wait.
    ///
    /// Takes a lock for the reader slot; where that matters keep a `Reader`.
    package func read<R>(
        _ body: (borrowing Snapshot) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        let begun = try unsafe begin(parent: nil, flags: CUnsignedInt(MDB_RDONLY))
        defer { unsafe mdb_txn_abort(begun) }
        return try unsafe body(Snapshot(Transaction(handle: begun)))
    }

    /// Runs `body` in the one write transaction and commits, or rolls back when it throws.
    /// Blocks while another writes, and for the flush: not for an event loop.
    package func write<R>(
        _ body: (borrowing WriteTransaction) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        let begun = try unsafe begin(parent: nil, flags: 0)
        let result: R
        do throws(StoreError) {
            result = try unsafe body(WriteTransaction(Transaction(handle: begun)))
        } catch {
            unsafe mdb_txn_abort(begun)
            throw error
        }
        try unsafe StoreError.check(mdb_txn_commit(begun))
        return result
    }

    /// Flushes what `processOnly` commits left in the page cache (`mdb_env_sync`).
    package func synchronize() throws(StoreError) {
        try unsafe StoreError.check(mdb_env_sync(environment, 1))
    }

    func begin(parent: OpaquePointer?, flags: CUnsignedInt) throws(StoreError) -> OpaquePointer {
        var begun: OpaquePointer?
        try unsafe StoreError.check(mdb_txn_begin(environment, parent, flags, &begun))
        guard let begun = unsafe begun else { preconditionFailure("begun without a transaction") }
        return unsafe begun
    }

    private static func openDatabases(
        _ names: [String], in environment: OpaquePointer
    ) throws(StoreError) -> [Database] {
        var begun: OpaquePointer?
        try unsafe StoreError.check(mdb_txn_begin(environment, nil, 0, &begun))
        var opened: [Database] = []
        for name in names {
            var handle: MDB_dbi = 0
            let code = unsafe mdb_dbi_open(begun, name, CUnsignedInt(MDB_CREATE), &handle)
            if code != MDB_SUCCESS { unsafe mdb_txn_abort(begun) }
            try StoreError.check(code)
            opened.append(Database(name: name, handle: handle))
        }
        try unsafe StoreError.check(mdb_txn_commit(begun))
        return opened
    }
}
