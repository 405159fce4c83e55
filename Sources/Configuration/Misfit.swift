internal import Text

/// Why one value was not taken, before it is known where it came from.
struct Misfit: Error, Equatable {
    let place: String
    let reason: String
    private(set) var isUnknownKey = false

    init(_ place: String, _ value: JSON5Value, expected: String) {
        self.place = place
        let shown = Self.isSecret(place) ? "what stands there" : value.excerpt
        reason = "\(shown) is not \(expected)"
    }

    /// Whether what belongs at this place is nobody's to read, or may have a password in it, so
    /// that what was put there by mistake may be one as well.
    private static func isSecret(_ place: String) -> Bool {
        let key = place.utf8.prefix { $0 != UInt8(ascii: "[") }
        let last = place.utf8.split(separator: UInt8(ascii: ".")).last.map {
            UTF8String(Substring($0))
        }
        return secrets.contains { last == $0 } || lists.contains { key.elementsEqual($0.utf8) }
    }

    private static let secrets: [UTF8String] = [
        "secret", "password", "sha256", "url", "relay", "username", "endpoint", "accessKey",
        "secretKey",
    ]
    private static let lists: [UTF8String] = [
        "auth.tokens", "delivery.signingKeys", "notifications.webhooks", "buckets",
    ]

    init(_ place: String, reason: String) { (self.place, self.reason) = (place, reason) }

    init(unknown place: String, nearest: String) {
        self.place = place
        reason = "unknown key; the nearest known one is \(nearest)"
        isUnknownKey = true
    }
}
