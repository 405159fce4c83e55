package import HTTP
package import HTTPServer

/// A representation that exists, and what a GET or HEAD of it comes to.
package struct Representation {
    /// Whole lines; `Content-Type` is the first.
    private let fieldLines: [UInt8]
    private let etag: [UInt8]
    private let lastModified: HTTPDate
    private let byteCount: Int
    private let source: any BodySource & Sendable

    package init(
        fieldLines: [UInt8], etag: [UInt8], lastModified: HTTPDate, byteCount: Int,
        source: any BodySource & Sendable
    ) {
        (self.fieldLines, self.etag, self.lastModified) = (fieldLines, etag, lastModified)
        (self.byteCount, self.source) = (byteCount, source)
    }

    /// What is sent of it.
    package struct Content {
        package let status: Status
        package let fieldLines: [UInt8]
        package let pieces: [Response.Piece]

        package init(status: Status, fieldLines: [UInt8], pieces: [Response.Piece] = []) {
            (self.status, self.fieldLines, self.pieces) = (status, fieldLines, pieces)
        }

        /// The answer with these lines, behind those that every delivery has.
        ///
        /// - Parameters:
        ///   - fields: those of answers to the request's origin.
        ///   - expires: of a signed URL, in Unix seconds; 0: never.
        package func response(
            _ fields: DeliveryFields, until expires: Int64,
            lasting lifetime: DeliveryFields.Lifetime = .rendition,
            _ variance: Variance = Variance(),
            _ cache: CacheStatus = .none, more: [UInt8] = [], account: LoopAccount
        ) -> Response {
            var lines = OutputBuffer()
            fields.append(until: expires, lasting: lifetime, to: &lines)
            lines.append(fieldLines.span)
            variance.append(to: &lines)
            cache.append(to: &lines)
            lines.append(more.span)
            return Response(
                status: status, fields: lines.copy(), content: .pieces(pieces), account: account)
        }
    }

    /// By the request's conditions and ranges; thrown is why nothing is.
    ///
    /// - Parameter bytes: those `head` was parsed from.
    package func content(
        for head: RequestHead, in bytes: Span<UInt8>
    ) throws(ProblemAnswer) -> Content {
        let answer = DeliveryAnswer(
            to: head, in: bytes, etag: etag.span, lastModified: lastModified,
            byteCount: byteCount)
        switch answer {
        case .whole:
            return Content(
                status: .ok, fieldLines: fieldLines, pieces: [.content(source, 0..<byteCount)])
        case .part(let range):
            var lines = OutputBuffer()
            lines.append(fieldLines)
            lines.appendContentRange(range, of: byteCount)
            return Content(
                status: .partialContent, fieldLines: lines.copy(),
                pieces: [.content(source, range)])
        case .parts(let ranges):
            let plan = PartsPlan(ranges, of: byteCount, fieldLines: fieldLines, from: source)
            return Content(
                status: .partialContent, fieldLines: plan.fieldLines, pieces: plan.pieces)
        case .notModified: return Content(status: .notModified, fieldLines: fieldLines)
        case .preconditionFailed: throw .preconditionFailed
        case .unsatisfiable: throw .unsatisfiable(byteCount: byteCount)
        }
    }
}
