/// All that a listener speaks TLS with, as it was read. Two that are equal make no difference.
package struct TLSMaterial: Equatable, Sendable {
    /// A certificate with those behind it, and its key: PEM.
    package struct Identity: Equatable, Sendable {
        package let chain: [UInt8]
        package let key: [UInt8]

        package init(chain: [UInt8], key: [UInt8]) { (self.chain, self.key) = (chain, key) }
    }

    /// The first is for who asks for a name that none has. At least one.
    package var identities: [Identity]
    /// Whom clients have to be vouched for by, as PEM; `nil`: nobody asks them.
    package var authorities: [UInt8]?
    package var ticketKeys: TicketKeys
    /// TLS 1.3 alone.
    package var onlyNewest = false
    package var offersHTTP2 = true

    package init(identities: [Identity], ticketKeys: TicketKeys) {
        self.identities = identities
        self.ticketKeys = ticketKeys
    }
}
