internal import HTTP

/// Which pages of other origins may read answers (Fetch standard, CORS protocol).
package struct CrossOrigin: Sendable {
    /// `*` alone: every page. None: no page.
    package var origins: [String]
    /// Whether such a page may send cookies and certificates along. Never together with `*`.
    package var allowsCredentials: Bool

    package init(origins: [String] = ["*"], allowsCredentials: Bool = false) {
        self.origins = origins
        self.allowsCredentials = allowsCredentials
    }

    /// Seconds for which a browser need not ask again.
    static let maximumAge: StaticString = "86400"

    /// The same answer for everybody needs no `Vary`.
    var dependsOnOrigin: Bool { origins.count > 1 }

    /// Field lines of an answer to a page of `origin`; `nil`: to any other.
    fileprivate func lines(for origin: String?) -> [UInt8] {
        var lines = OutputBuffer()
        if dependsOnOrigin { lines.append("Vary: Origin\r\n") }
        if let origin = dependsOnOrigin ? origin : origins.first {
            lines.appendField("Access-Control-Allow-Origin", Array(origin.utf8).span)
            if allowsCredentials && origin != "*" {
                lines.append("Access-Control-Allow-Credentials: true\r\n")
            }
        }
        return lines.copy()
    }
}

/// The fields every answer carries, as they are for each origin that is answered in its own way.
struct FieldSets: Sendable {
    /// Where it does not depend on the origin, and for an origin that is not listed.
    let usual: DeliveryFields
    private let listed: [(origin: [UInt8], fields: DeliveryFields)]

    init(_ crossOrigin: CrossOrigin) {
        usual = DeliveryFields(crossOrigin: crossOrigin.lines(for: nil))
        guard crossOrigin.dependsOnOrigin else {
            listed = []
            return
        }
        listed = crossOrigin.origins.map { origin in
            (Array(origin.utf8), DeliveryFields(crossOrigin: crossOrigin.lines(for: origin)))
        }
    }

    @inline(__always)
    var dependOnOrigin: Bool { !listed.isEmpty }

    /// - Parameter bytes: those the head was parsed from.
    func fields(for head: RequestHead, in bytes: Span<UInt8>) -> DeliveryFields {
        guard dependOnOrigin, let place = head[.origin] else { return usual }
        let origin = bytes.extracting(place.range)
        return listed.first { origin.isEqual(to: $0.origin) }?.fields ?? usual
    }
}

extension Span<UInt8> {
    fileprivate func isEqual(to other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }
}
