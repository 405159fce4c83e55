internal import CTLS

/// Certificates and rules that sessions begin with. Sessions keep the one that they began with:
/// another takes its place between two of them.
@safe package final class TLSContext: Sendable {
    /// Only read once it is made, and OpenSSL counts references to it atomically.
    nonisolated(unsafe) let raw: OpaquePointer
    /// When the certificate that ends first does, in seconds since 1970.
    package let endsAt: Int64

    /// All of `material`, or none of it.
    package init(_ material: TLSMaterial) throws(TLSFault) {
        precondition(!material.identities.isEmpty, "a listener shows somebody")
        let rules = CTLSRules(
            onlyNewest: material.onlyNewest, offersHTTP2: material.offersHTTP2)
        guard let raw = unsafe CTLS_open(rules) else { throw .noMemory }
        unsafe self.raw = raw
        do throws(TLSFault) {
            try unsafe Self.fill(raw, with: material)
        } catch {
            unsafe CTLS_close(raw)
            throw error
        }
        endsAt = unsafe CTLS_endsAt(raw)
    }

    deinit { unsafe CTLS_close(raw) }

    private static func fill(
        _ raw: OpaquePointer, with material: TLSMaterial
    ) throws(TLSFault) {
        for (number, identity) in material.identities.enumerated() {
            // An empty file has no address to be lent.
            guard !identity.chain.isEmpty else { throw .certificate(number) }
            guard !identity.key.isEmpty else { throw .key(number) }
            let fault = unsafe CTLS_add(
                raw, identity.chain, identity.chain.count, identity.key, identity.key.count)
            if let fault = TLSFault(fault, of: number) { throw fault }
        }
        let keys = material.ticketKeys
        if let fault = TLSFault(unsafe CTLS_setTicketKeys(raw, keys.bytes, keys.count)) {
            throw fault
        }
        if let authorities = material.authorities {
            guard !authorities.isEmpty else { throw .authorities }
            let fault = unsafe CTLS_requireClients(raw, authorities, authorities.count)
            if let fault = TLSFault(fault) { throw fault }
        }
    }
}
