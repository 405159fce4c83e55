internal import CLMDB
internal import Glibc

/// What went wrong in a store, by what the caller can do about it.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    /// The map is full: make room by deleting, or open with a larger map.
    case mapFull
    /// The disk is full or over quota: nothing was kept; try again when there is room.
    case diskFull
    /// The directory can not be written, or not be reached at all.
    case notWritable(errno: CInt)
    case missing
    /// Not a database, of another version, or damaged: restore it or start without it.
    case damaged(code: CInt)
    /// The queue of the group committer is full: refuse the request, it may come again later.
    case busy
    /// The store has been closed.
    case closed
    /// Who has to agree to a change can not be asked now. Try again later.
    case away
    /// Somebody else has changed the same meanwhile.
    case collided
    case other(code: CInt)

    /// Something else has written into the files of the environment.
    static var damagedEnvironment: StoreError { .damaged(code: MDB_CORRUPTED) }

    /// LMDB found the record whole; what is in it is not what its table holds.
    package static var damagedRecord: StoreError { .damaged(code: 0) }

    package var description: String {
        switch self {
        case .mapFull: "it has grown to the most it can"
        case .diskFull: "there is no room on the disk"
        case .notWritable(let code), .other(let code): Self.text(of: code)
        case .missing: "it is not there"
        case .damaged(let code):
            code == 0
                ? "a record is damaged"
                : "it is damaged, or of another kind: \(Self.text(of: code))"
        case .busy: "too much waits to be written"
        case .closed: "it has been closed"
        case .away: "its database is away"
        case .collided: "others change the same"
        }
    }

    private static func text(of code: CInt) -> String {
        unsafe mdb_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }

    /// The one bridge from LMDB's return codes, which are errnos above zero and its own below.
    static func check(_ code: CInt) throws(StoreError) {
        if code == MDB_SUCCESS { return }
        // Keys and handles are made by this program: a wrong one is a bug, not a state of the
        // world.
        precondition(
            code != MDB_BAD_VALSIZE && code != MDB_BAD_DBI && code != MDB_BAD_RSLOT
                && code != EINVAL, "LMDB refused its arguments: \(code)")
        throw StoreError(code: code)
    }

    init(code: CInt) {
        self =
            switch code {
            case MDB_MAP_FULL: .mapFull
            case ENOSPC, EDQUOT, EFBIG: .diskFull
            case EACCES, EROFS, EPERM: .notWritable(errno: code)
            case ENOENT, ENOTDIR: .missing
            case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_PANIC, MDB_INVALID, MDB_VERSION_MISMATCH,
                MDB_INCOMPATIBLE:
                .damaged(code: code)
            default: .other(code: code)
            }
    }
}
