package import HTTP
internal import LinuxIO

/// The fields of a delivery: those every answer carries, made once, and those one rendition
/// carries, made when it is made and stored with it. On a hit both are copied as they are.
package struct DeliveryFields: Sendable {
    /// Whole lines, the same for every 200, 206 and 304.
    package let common: [UInt8]
    /// The same without `Cache-Control`, for what ends at some time.
    private let ending: [UInt8]

    /// How long an answer may be kept, in seconds.
    package enum Lifetime: Int64 {
        /// An answer in a cheaper format than the one that is being made: soon asked again.
        case interim = 30
        case redirect = 60
        /// What never changes.
        case rendition = 31_536_000
    }

    /// Of an error where there might have been a delivery.
    package let problem: [UInt8]
    /// The lines that let pages of the request's origin read deliveries.
    package let readable: [UInt8]

    /// Of JSON answers: the index is as open as its tokens say, never cached, never sniffed, and
    /// read by pages of its own and of listed origins only.
    package let index: [UInt8]
    package let indexProblem: [UInt8]
    package let indexReadable: [UInt8]

    /// Of answers that are for whoever has the URL, whatever page he looks at.
    package static let forEveryPage = DeliveryFields(.everyPage, takesClientHints: false)

    package init(_ lines: CrossOrigin.Lines = .none, takesClientHints: Bool) {
        (readable, indexReadable) = (lines.delivery, lines.index)
        ending = Self.lines(lines, takesClientHints)
        var fresh = OutputBuffer()
        Self.appendFreshness(.rendition, seconds: Lifetime.rendition.rawValue, to: &fresh)
        common = fresh.copy() + ending
        problem = Self.protection(isShared: true) + lines.delivery
        indexProblem = Self.protection(isShared: false) + lines.index
        var buffer = OutputBuffer()
        buffer.appendField("X-Content-Type-Options", "nosniff")
        buffer.appendField("Cross-Origin-Resource-Policy", "same-origin")
        buffer.append(lines.index.span)
        index = buffer.copy()
    }

    /// The common lines of an answer to a URL that ends at `expires` (Unix seconds; 0: never): no
    /// cache may keep it longer.
    @inline(__always)
    package func append(
        until expires: Int64, lasting lifetime: Lifetime = .rendition,
        to lines: inout OutputBuffer
    ) {
        if expires == 0, lifetime == .rendition { return lines.append(common.span) }
        let now = Clock.wallMicroseconds() / 1_000_000
        let left = expires == 0 ? Int64.max : max(0, expires - now)
        Self.appendFreshness(lifetime, seconds: min(left, lifetime.rawValue), to: &lines)
        lines.append(ending.span)
    }

    private static func appendFreshness(
        _ lifetime: Lifetime, seconds: Int64, to lines: inout OutputBuffer
    ) {
        lines.append("Cache-Control: public, max-age=")
        lines.append(decimal: UInt64(seconds))
        lines.append(lifetime == .rendition ? ", immutable\r\n" : "\r\n")
    }

    private static func lines(
        _ crossOrigin: CrossOrigin.Lines, _ takesClientHints: Bool
    ) -> [UInt8] {
        var lines = OutputBuffer()
        lines.appendField("Accept-Ranges", "bytes")
        if takesClientHints { lines.appendField("Accept-CH", Variance.hintFields) }
        lines.append(protection(isShared: true).span)
        lines.append(crossOrigin.delivery.span)
        return lines.copy()
    }

    /// What keeps a browser from taking an image for anything else.
    /// - Parameter isShared: whether pages of other origins may show it.
    private static func protection(isShared: Bool) -> [UInt8] {
        var lines = OutputBuffer()
        lines.appendField("X-Content-Type-Options", "nosniff")
        lines.appendField("Content-Security-Policy", "default-src 'none'; sandbox")
        lines.append("Cross-Origin-Resource-Policy: ")
        lines.append(isShared ? "cross-origin\r\n" : "same-origin\r\n")
        return lines.copy()
    }
}

/// Why the answer came from where it came (RFC 9211).
package enum CacheStatus {
    case hit
    case made(isStored: Bool)
    case collapsed
    /// Served from where the truth is: an original.
    case none

    package func append(to lines: inout OutputBuffer) {
        switch self {
        case .hit: lines.append("Cache-Status: pollex; hit\r\n")
        case .made(true): lines.append("Cache-Status: pollex; fwd=uri-miss; stored\r\n")
        case .made(false): lines.append("Cache-Status: pollex; fwd=uri-miss\r\n")
        case .collapsed: lines.append("Cache-Status: pollex; fwd=uri-miss; collapsed\r\n")
        case .none: break
        }
    }
}
