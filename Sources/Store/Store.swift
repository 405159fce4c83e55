// One LMDB environment: a B+ tree in a memory-mapped file, written by one transaction at a time and
// read by any number of snapshots that never wait for it.
//
// What holds: values are lent to closures as spans over the map and can not leave them; a snapshot
// pins every page freed since it began, so whoever holds one must not wait; an environment is
// opened once in a process (a second one would drop the first one's locks, `mdb_env_open`).
internal import CLMDB
internal import Glibc
internal import LinuxIO

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
        /// Nothing is written, not even what is needed to be known to those who write where the
        /// file system does not let: then nobody may.
        package var isReadOnly = false

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
    private let guardian: EnvironmentGuard

    /// Opens the environment in `directory`, which exists, and creates the named tables in it, or
    /// takes those that are there where it is opened for reading only.
    package init(
        directory: String, databases names: [String], options: Options = Options()
    ) throws(StoreError) {
        let locks = try Self.openLocks(of: directory, options)
        var created: OpaquePointer?
        try unsafe StoreError.check(mdb_env_create(&created))
        guard let environment = unsafe created else { preconditionFailure("created nothing") }
        do throws(StoreError) {
            try unsafe StoreError.check(mdb_env_set_mapsize(environment, options.mapByteCount))
            try unsafe StoreError.check(
                mdb_env_set_maxreaders(environment, CUnsignedInt(options.maximumReaders)))
            try unsafe StoreError.check(mdb_env_set_maxdbs(environment, MDB_dbi(names.count)))
            let flags = options.flags | (locks == nil ? CUnsignedInt(MDB_NOLOCK) : 0)
            try unsafe StoreError.check(mdb_env_open(environment, directory, flags, 0o600))
            guardian = try unsafe Self.guardian(of: environment, locks)
            // Slots of readers that were killed would pin pages for ever.
            var dead: CInt = 0
            if !options.isReadOnly {
                try unsafe StoreError.check(mdb_reader_check(environment, &dead))
            }
            databases = try unsafe Self.openDatabases(names, in: environment, options)
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

    /// The same where it may be missing, in a store that is only read.
    package func database(ifThere name: String) -> Database? {
        databases.first { $0.name == name }
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
        let begun = try unsafe beginWriting()
        let result: R
        do throws(StoreError) {
            result = try unsafe body(WriteTransaction(Transaction(handle: begun)))
        } catch {
            unsafe mdb_txn_abort(begun)
            throw error
        }
        try unsafe commit(begun)
        return result
    }

    /// Flushes what `processOnly` commits left in the page cache (`mdb_env_sync`).
    package func synchronize() throws(StoreError) {
        try unsafe StoreError.check(mdb_env_sync(environment, 1))
    }

    func begin(parent: OpaquePointer?, flags: CUnsignedInt) throws(StoreError) -> OpaquePointer {
        try guardian.checkKnown()
        var begun: OpaquePointer?
        try unsafe StoreError.check(mdb_txn_begin(environment, parent, flags, &begun))
        guard let begun = unsafe begun else { preconditionFailure("begun without a transaction") }
        return unsafe begun
    }

    /// As the `Reader`s do, whose transactions are not begun each time.
    func checkKnownDamage() throws(StoreError) { try guardian.checkKnown() }

    /// Not on an environment that is damaged.
    func beginWriting() throws(StoreError) -> OpaquePointer {
        try guardian.checkLocks()
        let begun: OpaquePointer
        do throws(StoreError) { unsafe begun = try begin(parent: nil, flags: 0) } catch {
            try guardian.check()
            throw error
        }
        do throws(StoreError) { try guardian.check() } catch {
            unsafe mdb_txn_abort(begun)
            throw error
        }
        return unsafe begun
    }

    /// Ends what `beginWriting` began, in either case.
    func commit(_ transaction: OpaquePointer) throws(StoreError) {
        do throws(StoreError) { try guardian.check() } catch {
            unsafe mdb_txn_abort(transaction)
            throw error
        }
        try unsafe StoreError.check(mdb_txn_commit(transaction))
        // What was committed is known from now on. It stands, whatever is found: who comes next is
        // told.
        try? guardian.check()
    }
}

// MARK: Opening

extension Store.Options {
    fileprivate var flags: CUnsignedInt {
        var flags = CUnsignedInt(MDB_NOTLS | MDB_NORDAHEAD)
        if durability == .processOnly { flags |= CUnsignedInt(MDB_NOSYNC) }
        if isReadOnly { flags |= CUnsignedInt(MDB_RDONLY) }
        return flags
    }
}

extension Store {
    /// LMDB writes to a map of the file of locks: on a full disk that would end the process by
    /// SIGBUS, so its blocks are there before. `nil`: it can not be written, and the environment is
    /// only read.
    private static func openLocks(
        of directory: String, _ options: Options
    ) throws(StoreError) -> OwnedDescriptor? {
        do throws(SystemError) {
            let file = try Files.open("\(directory)/lock.mdb", flags: O_RDWR | O_CREAT)
            try Files.allocate(
                file.rawValue, byteCount: headByteCount + options.maximumReaders * slotByteCount)
            return file
        } catch {
            let error = StoreError(code: error.code)
            if options.isReadOnly, case .notWritable = error { return nil }
            throw error
        }
    }

    /// Of the file of locks: what comes before the readers, with room to spare, and each of those.
    private static let headByteCount = 4096
    private static let slotByteCount = 64

    private static func guardian(
        of environment: OpaquePointer, _ locks: consuming OwnedDescriptor?
    ) throws(StoreError) -> EnvironmentGuard {
        var data: CInt = -1
        try unsafe StoreError.check(mdb_env_get_fd(environment, &data))
        var statistics = MDB_stat()
        try unsafe StoreError.check(mdb_env_stat(environment, &statistics))
        return try EnvironmentGuard(
            data: data, pageByteCount: Int(statistics.ms_psize), locks: locks)
    }

    private static func openDatabases(
        _ names: [String], in environment: OpaquePointer, _ options: Options
    ) throws(StoreError) -> [Database] {
        var begun: OpaquePointer?
        let mode = CUnsignedInt(options.isReadOnly ? MDB_RDONLY : 0)
        try unsafe StoreError.check(mdb_txn_begin(environment, nil, mode, &begun))
        var opened: [Database] = []
        for name in names {
            var handle: MDB_dbi = 0
            let flags = CUnsignedInt(options.isReadOnly ? 0 : MDB_CREATE)
            let code = unsafe mdb_dbi_open(begun, name, flags, &handle)
            if options.isReadOnly, code == MDB_NOTFOUND { continue }
            if code != MDB_SUCCESS { unsafe mdb_txn_abort(begun) }
            try StoreError.check(code)
            opened.append(Database(name: name, handle: handle))
        }
        try unsafe StoreError.check(mdb_txn_commit(begun))
        return opened
    }
}
