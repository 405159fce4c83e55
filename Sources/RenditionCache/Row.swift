/// Which of the two rows a generation stands in.
package enum Row: UInt8, Sendable, CaseIterable {
    /// Where new entries begin: a tenth of the cache, so that what is asked for once passes through
    /// without pushing out what is asked for often.
    case probation = 0
    /// Where those go that were asked for again.
    case main = 1
}
