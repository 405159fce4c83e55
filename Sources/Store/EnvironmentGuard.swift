internal import Glibc
internal import LinuxIO
internal import Synchronization

/// Keeps an environment that something else has written into from being written on: the next commit
/// would make of a few wrong bytes a tree of wrong pages.
///
/// Whoever has a wrong descriptor writes from a file's start. There lie two pages that tell what an
/// environment is and, in turn, what its last commit was (LMDB's meta pages), and in the file of
/// locks what they are of. They are looked at when it is opened, before each transaction that
/// writes, before its commit and after it: a few system calls each time, beside a flush. From the
/// first time that something is amiss the environment is neither written nor read any more.
final class EnvironmentGuard: Sendable {
    private struct Known: Sendable {
        var metas: [MetaPage?] = [nil, nil]
        var byteCount = 0
    }

    private let damage = Atomic(false)
    private let known = Mutex(Known())
    /// LMDB's own, for as long as the environment is open.
    private let data: CInt
    private let pageByteCount: Int
    /// Kept open until the environment is closed: closing it takes away this process's locks.
    private let locks: OwnedDescriptor?
    private let lockHead: [UInt8]

    /// - Parameter data: the descriptor of `data.mdb`.
    init(
        data: CInt, pageByteCount: Int, locks: consuming OwnedDescriptor?
    ) throws(StoreError) {
        (self.data, self.pageByteCount) = (data, pageByteCount)
        lockHead =
            switch locks {
            case .some(let file): Self.head(of: file.rawValue)
            case .none: []
            }
        self.locks = locks
        try check()
        try checkPages()
    }

    /// A file that was cut off is known before a page is missed. When it is opened.
    private func checkPages() throws(StoreError) {
        let isWhole = known.withLock { known in
            let newest = known.metas.compactMap { $0 }.max { $0.number < $1.number }
            let pageCount = UInt64(known.byteCount / pageByteCount)
            guard let newest, newest.last >= pageCount else { return true }
            return PageWalk(data: data, pageByteCount: pageByteCount, pageCount: pageCount)
                .isWhole(from: newest.roots)
        }
        try require(isWhole)
    }

    /// What is found once stays found.
    private func require(_ isSound: Bool) throws(StoreError) {
        guard !isSound else { return }
        damage.store(true, ordering: .relaxed)
        throw .damagedEnvironment
    }

    /// Magic and format.
    private static let lockHeadByteCount = 8

    private static func head(of locks: CInt) -> [UInt8] {
        (try? Files.read(locks, offset: 0, byteCount: lockHeadByteCount)) ?? []
    }

    /// Throws once something has been found. An atomic load.
    func checkKnown() throws(StoreError) {
        if damage.load(ordering: .relaxed) { throw .damagedEnvironment }
    }

    /// Looks. In a transaction that writes, where nobody else changes what is looked at.
    func check() throws(StoreError) {
        try checkKnown()
        let isSound = known.withLock { known in
            guard let byteCount = try? Files.size(data), byteCount >= known.byteCount
            else { return false }
            known.byteCount = byteCount
            for index in 0..<2 {
                let offset = index * pageByteCount
                guard
                    let bytes = try? Files.read(
                        data, offset: offset, byteCount: MetaPage.byteCount),
                    let page = MetaPage(bytes, index: index, pageByteCount: pageByteCount)
                else { return false }
                // What has changed has become newer.
                if let last = known.metas[index], last != page, page.number <= last.number {
                    return false
                }
                known.metas[index] = page
            }
            return true
        }
        try require(isSound && locksAreSound)
    }

    /// Before a transaction is begun: it would wait for ever for a lock that is none any more.
    func checkLocks() throws(StoreError) {
        try checkKnown()
        try require(locksAreSound)
    }

    private var locksAreSound: Bool {
        switch locks {
        case .some(let file): Self.head(of: file.rawValue) == lockHead
        case .none: true
        }
    }
}

/// One of the two pages that head `data.mdb`, as LMDB 0.9 lays them out (`MDB_page`, `MDB_meta`).
struct MetaPage: Equatable, Sendable {
    static let byteCount = 152

    private let bytes: [UInt8]
    /// Of the transaction that wrote it.
    let number: UInt64
    /// The last page that has been taken into use.
    var last: UInt64 { bytes.word(136, 8) }
    /// Of the trees of free pages and of tables; all ones: an empty tree.
    var roots: [UInt64] { [40, 88].map { bytes.word($0 + 40, 8) } }

    /// `nil` when it has not the shape of one.
    init?(_ bytes: [UInt8], index: Int, pageByteCount: Int) {
        guard bytes.count == Self.byteCount else { return nil }
        let word = bytes.word
        /// Its own number and that it is one of these.
        guard word(0, 8) == UInt64(index), word(10, 2) == 0x08,
            word(16, 4) == 0xBEEF_C0DE, word(20, 4) == 1, word(24, 8) == 0,
            word(40, 4) == UInt64(pageByteCount)
        else { return nil }
        let last = word(136, 8)
        guard last >= 1, last < 1 << 48 else { return nil }
        // The trees of free pages and of tables: none, or a root that there is.
        for tree in [40, 88] {
            let (depth, root) = (word(tree + 6, 2), word(tree + 40, 8))
            let pages = [8, 16, 24].map { word(tree + $0, 8) }
            guard depth <= 32, (depth == 0) == (root == .max), root == .max || 2...last ~= root,
                pages.allSatisfy({ $0 <= last }), depth == 0 || pages[1] > 0
            else { return nil }
        }
        self.bytes = bytes
        number = word(144, 8)
    }
}
