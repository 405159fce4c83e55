/// Why the database did not do what it was asked for.
package enum DatabaseError: Error, Equatable, CustomStringConvertible {
    /// It can not be reached, takes nobody now, or was lost on the way: what was sent may have been
    /// done.
    case away(String)
    /// It did not answer in time: the connection is given up, and what was sent may have been done.
    case timedOut
    /// It has no room left.
    case full
    /// It refused; its SQLSTATE and words. Nothing of the transaction is kept.
    case refused(state: String, String)

    /// - Parameter state: five characters (PostgreSQL's appendix A).
    init(state: String, _ words: String) {
        let family = state.prefix(2)
        self =
            switch state {
            case "53100": .full
            // Out of connections or memory, shut down or starting, lost; a standby that takes no
            // change; a deadline of the server's own.
            case _ where ["53", "57", "58", "08"].contains(family): .away(words)
            case "25006", "25P03", "55P03": .away(words)
            default: .refused(state: state, words)
            }
    }

    package var description: String {
        switch self {
        case .away(let reason): reason
        case .timedOut: "the database did not answer in time"
        case .full: "the database has no room left"
        case .refused(let state, let reason): "\(reason) (SQLSTATE \(state))"
        }
    }
}
