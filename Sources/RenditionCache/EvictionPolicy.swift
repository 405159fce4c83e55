/// What is kept and what goes, as plain rules: S3-FIFO (Yang et al., SOSP 2023) on rows of
/// generations instead of queues of objects.
///
/// New entries pass through the probation row, a tenth of the cache. When its oldest generation
/// goes, what was asked for meanwhile moves to the main row and the rest leaves a ghost; what comes
/// back while its ghost is remembered goes to the main row at once. When the oldest of the main row
/// goes, what was asked for since moves to its young end with a hit less.
package struct EvictionPolicy: Sendable {
    /// Share of the generations that the probation row may take.
    package var probationShare = 0.1
    /// Hits that carry an entry out of probation. Two, not one: what is looked at once and reloaded
    /// soon after would else fill the main row.
    package var promotionHits = 2
    /// What one eviction from the main row may carry of what it looks at, so that it makes room.
    package var maximumCarriedShare = 0.75

    package init() {}

    package enum Verdict: Sendable, Equatable {
        /// Moves to the young end of the main row and starts there with `hits`.
        case carry(hits: Int)
        case drop(leavesGhost: Bool)
    }

    /// Whether a rendition is kept when it is offered. One so large that it would push out
    /// thousands of others has to be asked for twice: the first time leaves a ghost only.
    package func admits(byteCount: Int, hasGhost: Bool, generationByteCount: Int) -> Bool {
        hasGhost || byteCount <= max(generationByteCount / 8, 1 << 20)
    }

    package func row(forGhost hasGhost: Bool) -> Row { hasGhost ? .main : .probation }

    /// Which row gives up its oldest generation.
    package func rowToEvict(probationCount: Int, mainCount: Int) -> Row {
        let share = max(2, Double(probationCount + mainCount) * probationShare)
        return Double(probationCount) > share || mainCount == 0 ? .probation : .main
    }

    /// - Parameters:
    ///   - seen: bytes of this generation looked at so far, this entry included.
    ///   - carried: bytes of it carried so far.
    package func verdict(
        from row: Row, hits: Int, byteCount: Int, seen: Int, carried: Int
    ) -> Verdict {
        switch row {
        case .probation:
            return hits >= promotionHits ? .carry(hits: 0) : .drop(leavesGhost: true)
        case .main:
            let isBelowShare =
                Double(carried + byteCount) <= maximumCarriedShare * Double(seen)
            return hits > 0 && isBelowShare ? .carry(hits: hits - 1) : .drop(leavesGhost: false)
        }
    }
}
