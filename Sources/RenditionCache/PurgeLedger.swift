internal import Rendition

/// The last purges, so that a job that began before one can not bring a rendition back. What is
/// forgotten of them is made up for by refusing whatever began before the forgotten ones.
struct PurgeLedger {
    static let maximumCount = 65_536

    private var epochs: [ContentHash: UInt64] = [:]
    /// Tickets below it are refused for every original.
    private var floor: UInt64 = 0

    mutating func record(_ original: ContentHash, epoch: UInt64) {
        if epochs.count >= Self.maximumCount {
            // The older half goes at once, so that this is rare.
            floor = epoch - UInt64(Self.maximumCount / 2)
            epochs = epochs.filter { $0.value > floor }
        }
        epochs[original] = epoch
    }

    func forbids(_ original: ContentHash, _ ticket: PurgeTicket) -> Bool {
        if ticket.epoch < floor { return true }
        guard let epoch = epochs[original] else { return false }
        return ticket.epoch < epoch
    }
}
