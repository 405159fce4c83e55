internal import Glibc
package import HTTPServer
package import LinuxIO
internal import Text

/// One of `listeners`, as the configuration knows it: what it does not say is said for all.
package struct ListenerSetting: Equatable, Sendable {
    package var place: ListenerPlace
    package var proxyProtocol: ProxyProtocol
    package var trusted: [NetworkRange]?
    package var forwarding: ForwardingField?
    package var tls: TLSFiles?
    package var http2: Bool?
    /// Where clients are sent instead of being answered: this port, by HTTPS.
    package var redirectPort: UInt16?

    private static let keys: [UTF8String] = [
        "address", "path", "mode", "group", "proxy", "trusted", "forwarded", "certificates",
        "clients", "http2", "redirect",
    ]
    static let limit = 64
    static let networkLimit = 256

    static let forwardingWords: Words<ForwardingField> = [
        "x-forwarded-for": .xForwardedFor, "forwarded": .forwarded, "off": .none,
    ]

    /// Reads `{ address: "[::]:8080", proxy: "required", trusted: ["10.0.0.0/8"] }` or
    /// `{ path: "/run/pollex/edge.sock", mode: "0660", group: "www-data" }`; `place` names it in
    /// errors.
    init(_ value: JSON5Value, place: String) throws(Misfit) {
        try value.requireKeys(Self.keys, at: place, expected: "an object with address or path")
        self.place = try Self.place(value, place)
        switch value["proxy"] {
        case nil: proxyProtocol = .accepted
        case .string("off")?: proxyProtocol = .off
        case .string("required")?: proxyProtocol = .required
        case let other?:
            throw Misfit("\(place).proxy", other, expected: "\"required\" or \"off\"")
        }
        trusted = try value["trusted"].map { given throws(Misfit) in
            guard let networks = Self.networks(given) else {
                throw Misfit("\(place).trusted", given, expected: Self.networksAccepted)
            }
            return networks
        }
        forwarding = try value["forwarded"].map { given throws(Misfit) in
            guard let field = Self.forwardingWords.value(of: given) else {
                throw Misfit(
                    "\(place).forwarded", given, expected: "one of \(Self.forwardingWords)")
            }
            return field
        }
        tls = try TLSFiles(value, place: place)
        if proxyProtocol == .accepted { proxyProtocol = Self.unaskedProxyProtocol(with: tls) }
        http2 = try value["http2"].map { given throws(Misfit) in
            guard case .bool(let isSpoken) = given else {
                throw Misfit("\(place).http2", given, expected: "true or false")
            }
            return isSpoken
        }
        redirectPort = try value["redirect"].map { given throws(Misfit) in
            guard tls == nil, case .integer(let number) = given, number > 0,
                let port = UInt16(exactly: number)
            else {
                throw Misfit(
                    "\(place).redirect", given, expected: "a port, where there is no certificate")
            }
            return port
        }
    }

    /// One that says no more of itself.
    init(_ address: SocketAddress, tls: TLSFiles?) {
        (place, self.tls) = (.address(address), tls)
        proxyProtocol = Self.unaskedProxyProtocol(with: tls)
    }

    /// Before the first bytes of TLS the header has to be asked for: those are no request.
    private static func unaskedProxyProtocol(with tls: TLSFiles?) -> ProxyProtocol {
        tls == nil ? .accepted : .off
    }

    private static func place(_ value: JSON5Value, _ place: String) throws(Misfit) -> ListenerPlace
    {
        switch (value["address"], value["path"]) {
        case (.string(let text)?, nil):
            guard value["mode"] == nil, value["group"] == nil else {
                throw Misfit(place, reason: "mode and group are of a path")
            }
            guard let endpoint = Endpoint(text), let address = SocketAddress("\(endpoint)") else {
                throw Misfit("\(place).address", .string(text), expected: Endpoint.accepted)
            }
            return .address(address)
        case (nil, .string(let path)?) where !path.isEmpty && !path.utf8.contains(0):
            guard path.utf8.count < 108 else {
                throw Misfit("\(place).path", .string(path), expected: "at most 107 bytes long")
            }
            return .file(
                path: path, mode: try mode(value["mode"], place),
                group: try group(value["group"], place))
        default:
            throw Misfit(place, reason: "it needs either address or path")
        }
    }

    private static func mode(_ value: JSON5Value?, _ place: String) throws(Misfit) -> UInt32 {
        guard let value else { return 0o660 }
        guard case .string(let digits) = value, digits.utf8.allSatisfy({ 0x30...0x37 ~= $0 }),
            let mode = UInt32(digits, radix: 8), mode <= 0o777
        else {
            throw Misfit("\(place).mode", value, expected: "octal digits such as \"0660\"")
        }
        return mode
    }

    private static func group(_ value: JSON5Value?, _ place: String) throws(Misfit) -> UInt32? {
        switch value {
        case nil: return nil
        case .integer(let number)?:
            if let group = UInt32(exactly: number) { return group }
        case .string(let name)?:
            if let group = unsafe getgrnam(name) { return unsafe group.pointee.gr_gid }
        case .some: break
        }
        throw Misfit("\(place).group", value ?? .null, expected: "a group of this machine")
    }

    static let networksAccepted =
        "a list of at most \(networkLimit) networks such as \"10.0.0.0/8\" or \"2001:db8::/32\""

    static func networks(_ value: JSON5Value) -> [NetworkRange]? {
        guard case .array(let elements) = value, elements.count <= networkLimit else { return nil }
        var networks: [NetworkRange] = []
        for element in elements {
            guard case .string(let text) = element, let network = NetworkRange(text)
            else { return nil }
            networks.append(network)
        }
        return networks
    }
}

extension Setting {
    static func listeners(
        _ name: String, _ path: any Path<[ListenerSetting]>, _ documentation: String
    ) -> Setting {
        list(
            name, path, atMost: ListenerSetting.limit,
            example: "[{ address: \"[::1]:8080\" }, { path: \"/run/pollex/edge.sock\" }]",
            documentation
        ) { value, place throws(Misfit) in try ListenerSetting(value, place: place) }
    }

    static func networks(
        _ name: String, _ path: any Path<[NetworkRange]>, _ documentation: String
    ) -> Setting {
        Setting(
            name, path, accepts: ListenerSetting.networksAccepted, documentation,
            show: { "[\($0.map { "\"\($0)\"" }.joined(separator: ", "))]" },
            read: { text throws(JSON5Reader.Failure) in
                .array(text.isEmpty ? [] : texts(in: text))
            },
            convert: { ListenerSetting.networks($0) })
    }
}

extension Configuration {
    /// What all listeners have in common that do not say it themselves.
    package struct Proxies: Equatable, Sendable {
        package var trusted = NetworkRange.loopback
        package var forwarding = ForwardingField.xForwardedFor
    }

    /// All that are public, that of `listen` first.
    var allListeners: [ListenerSetting] {
        let first = listen.flatMap { SocketAddress($0.description) }.map {
            ListenerSetting($0, tls: tls.files)
        }
        return [first].compactMap { $0 } + listeners
    }

    /// Every public listener.
    package var publicListeners: [ListenerSettings] {
        allListeners.map { listener in
            var settings = ListenerSettings(listener.place)
            settings.proxyProtocol = listener.proxyProtocol
            settings.trusted = listener.trusted ?? proxies.trusted
            settings.forwarding = listener.forwarding ?? proxies.forwarding
            settings.speaksHTTP2 = listener.http2 ?? http2
            settings.redirectPort = listener.redirectPort ?? 0
            settings.strictTransportSeconds = strictTransportSeconds
            return settings
        }
    }

    private var strictTransportSeconds: UInt32? {
        tls.strictTransportSeconds == 0 ? nil : tls.strictTransportSeconds
    }

    /// Whether nobody outside the machine can reach the edge. A file's mode says who may come to
    /// it, and mostly it is who passes on what others send.
    package var isLocal: Bool {
        publicListeners.allSatisfy { listener in
            guard case .address(let address) = listener.place else { return false }
            return address.isLoopback
        }
    }
}
