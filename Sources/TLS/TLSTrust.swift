internal import CTLS

/// Whom a client takes for the server it wants, and whom it says to be.
@safe package final class TLSTrust: Sendable {
    /// Only read once it is made, and OpenSSL counts references to it atomically.
    nonisolated(unsafe) let raw: OpaquePointer

    /// - Parameters:
    ///   - authorities: as PEM, instead of the system's.
    ///   - identity: for servers that ask.
    package init(
        authorities: [UInt8]?, identity: TLSMaterial.Identity?
    ) throws(TLSFault) {
        guard let raw = unsafe CTLS_openClient() else { throw .noMemory }
        unsafe self.raw = raw
        do throws(TLSFault) {
            try unsafe Self.fill(raw, authorities, identity)
        } catch {
            unsafe CTLS_close(raw)
            throw error
        }
    }

    deinit { unsafe CTLS_close(raw) }

    private static func fill(
        _ raw: OpaquePointer, _ authorities: [UInt8]?, _ identity: TLSMaterial.Identity?
    ) throws(TLSFault) {
        if let authorities {
            guard !authorities.isEmpty else { throw .authorities }
            let fault = unsafe CTLS_trust(raw, authorities, authorities.count)
            if let fault = TLSFault(fault) { throw fault }
        } else if let fault = TLSFault(unsafe CTLS_trustSystem(raw)) {
            throw fault
        }
        guard let identity else { return }
        guard !identity.chain.isEmpty else { throw .certificate(0) }
        guard !identity.key.isEmpty else { throw .key(0) }
        let fault = unsafe CTLS_present(
            raw, identity.chain, identity.chain.count, identity.key, identity.key.count)
        if let fault = TLSFault(fault) { throw fault }
    }
}
