internal import Text

/// The files that a listener speaks TLS with, by their paths.
package struct TLSFiles: Equatable, Sendable {
    package struct Identity: Equatable, Sendable {
        package let certificate: String
        package let key: String
    }

    /// By the names in them; the first is for who asks for none that is known.
    package var identities: [Identity]
    /// Whom clients have to be vouched for by.
    package var authorities: String?
    package var offersHTTP2 = true

    static let identityLimit = 256
    static let accepted =
        "a list of at most \(identityLimit) such as [{ certificate: \"a.pem\", key: \"a.key\" }]"

    init(identities: [Identity]) { self.identities = identities }

    /// Reads `certificates` and `clients` of a listener; `nil` where it has none.
    init?(_ listener: JSON5Value, place: String) throws(Misfit) {
        guard let given = listener["certificates"] else {
            guard let clients = listener["clients"] else { return nil }
            throw Misfit("\(place).clients", clients, expected: "certificates beside it")
        }
        guard case .array(let elements) = given, 1...Self.identityLimit ~= elements.count else {
            throw Misfit("\(place).certificates", given, expected: Self.accepted)
        }
        identities = []
        for element in elements {
            guard case .object(let members) = element, members.count == 2,
                let certificate = Self.path(element["certificate"]),
                let key = Self.path(element["key"])
            else { throw Misfit("\(place).certificates", element, expected: Self.accepted) }
            identities.append(Identity(certificate: certificate, key: key))
        }
        authorities = try listener["clients"].map { value throws(Misfit) in
            guard let path = Self.path(value) else {
                throw Misfit("\(place).clients", value, expected: "a path")
            }
            return path
        }
    }

    private static func path(_ value: JSON5Value?) -> String? {
        guard case .string(let path)? = value, !path.isEmpty, !path.utf8.contains(0)
        else { return nil }
        return path
    }
}

extension Configuration {
    /// What listeners with certificates have in common, and those of the first one.
    package struct TLS: Equatable, Sendable {
        package var certificate: String?
        package var key: String?
        /// Shared by the edges that resume each other's sessions; `nil`: keys of its own.
        package var ticketKeys: String?
        package var onlyNewest = false
        /// 0: it is not said.
        package var strictTransportSeconds: UInt32 = 0

        /// Of the listener of `listen`.
        var files: TLSFiles? {
            guard let certificate, let key else { return nil }
            return TLSFiles(identities: [.init(certificate: certificate, key: key)])
        }
    }

    /// Of each of the public listeners; `nil`: it speaks no TLS.
    package var tlsFiles: [TLSFiles?] {
        allListeners.map { listener in
            var files = listener.tls
            files?.offersHTTP2 = listener.http2 ?? http2
            return files
        }
    }

    /// What no key can tell alone.
    func checkTLS() throws(ConfigurationError) {
        guard (tls.certificate == nil) != (tls.key == nil) else { return }
        throw .invalidValue(
            key: tls.key == nil ? "tls.key" : "tls.certificate", source: "configuration",
            reason: "certificate and key come together")
    }
}
