internal import CTLS

/// What is wrong with certificates, keys and the rest that a listener is to speak TLS with.
package enum TLSFault: Error, Equatable, CustomStringConvertible {
    case noMemory
    /// Which of the certificates, from 0 on.
    case certificate(Int)
    case key(Int)
    case pair(Int)
    case authorities
    case ticketKeys

    package var description: String {
        switch self {
        case .noMemory: "there is no memory for it"
        case .certificate: "it is no certificate in PEM"
        case .key: "it is no private key in PEM, or one under a passphrase"
        case .pair: "the key is not that of the certificate"
        case .authorities: "it holds no certificates in PEM"
        case .ticketKeys:
            "it holds no ticket keys: lines of 160 hex digits, at most \(TicketKeys.limit)"
        }
    }

    init?(_ fault: CTLSFault, of number: Int = 0) {
        switch fault {
        case CTLSFault_none: return nil
        case CTLSFault_certificate: self = .certificate(number)
        case CTLSFault_key: self = .key(number)
        case CTLSFault_pair: self = .pair(number)
        case CTLSFault_authorities: self = .authorities
        default: self = .noMemory
        }
    }
}
