package import HTTP

/// Which pages of other origins may read answers (Fetch standard, CORS protocol).
package struct CrossOrigin: Equatable, Sendable {
    /// `*` alone: every page. None: no page.
    package var origins: [String]
    /// Whether such a page may send cookies and certificates along. Never together with `*`.
    package var allowsCredentials: Bool

    package init(origins: [String] = ["*"], allowsCredentials: Bool = false) {
        self.origins = origins
        self.allowsCredentials = allowsCredentials
    }

    /// Field lines of an answer to one origin.
    package struct Lines {
        package static let none = Lines(delivery: [], index: [])
        static let everyPage: Lines = {
            let lines = CrossOrigin().lines(for: nil).delivery
            return Lines(delivery: lines, index: lines)
        }()
        package let delivery: [UInt8]
        package let index: [UInt8]
    }

    /// Those whose pages may do what our own may. `*` is for deliveries only: whoever lets every
    /// page show images has not said that every page may read his index.
    package var listed: [String] { origins == ["*"] ? [] : origins }

    /// The same answer for everybody needs no `Vary`.
    package var dependsOnOrigin: Bool { origins.count > 1 }

    /// `nil`: any other than those that are listed.
    fileprivate func lines(for origin: String?) -> Lines {
        var lines = OutputBuffer()
        if dependsOnOrigin { lines.append("Vary: Origin\r\n") }
        guard let origin = dependsOnOrigin ? origin : origins.first
        else { return Lines(delivery: lines.copy(), index: lines.copy()) }
        lines.appendField("Access-Control-Allow-Origin", Array(origin.utf8).span)
        if allowsCredentials && origin != "*" {
            lines.append("Access-Control-Allow-Credentials: true\r\n")
            // With credentials `*` is a name as any other.
            lines.appendField("Access-Control-Expose-Headers", Self.exposed)
        } else {
            lines.appendField("Access-Control-Expose-Headers", "*")
        }
        let all = lines.copy()
        return Lines(delivery: all, index: origin == "*" ? [] : all)
    }

    /// All that an answer can say beyond what every script may read.
    private static let exposed: StaticString = """
        Accept-Patch, Accept-Ranges, Allow, Cache-Status, Content-Length, Content-Range, Date, \
        Content-Location, ETag, Link, Location, Repr-Digest, Retry-After, Server-Timing, \
        Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, \
        Upload-Metadata, Upload-Offset, WWW-Authenticate, X-Request-Id
        """
}

/// The fields every answer carries, as they are for each origin that is answered in its own way.
package struct FieldSets: Sendable {
    /// Where it does not depend on the origin, and for an origin that is not listed.
    package let usual: DeliveryFields
    private let listed: [(origin: [UInt8], fields: DeliveryFields)]

    package init(_ crossOrigin: CrossOrigin, takesClientHints: Bool) {
        func fields(for origin: String?) -> DeliveryFields {
            DeliveryFields(
                crossOrigin.lines(for: origin), takesClientHints: takesClientHints)
        }
        usual = fields(for: nil)
        guard crossOrigin.dependsOnOrigin else {
            listed = []
            return
        }
        listed = crossOrigin.origins.map { (Array($0.utf8), fields(for: $0)) }
    }

    @inline(__always)
    package var dependOnOrigin: Bool { !listed.isEmpty }

    /// - Parameter bytes: those the head was parsed from.
    package func fields(for head: RequestHead, in bytes: Span<UInt8>) -> DeliveryFields {
        guard dependOnOrigin, let place = head[.origin] else { return usual }
        let origin = bytes.extracting(place.range)
        return listed.first { origin.isEqual(to: $0.origin.span) }?.fields ?? usual
    }
}
