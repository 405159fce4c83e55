package import HTTP

/// What a GET or HEAD of a representation that exists comes to, after its conditions and ranges.
package enum DeliveryAnswer {
    case whole
    case part(Range<Int>)
    case parts([Range<Int>])
    case notModified
    case preconditionFailed
    case unsatisfiable

    /// - Parameter bytes: those `head` was parsed from.
    package init(
        to head: RequestHead, in bytes: Span<UInt8>, etag: Span<UInt8>, lastModified: HTTPDate,
        byteCount: Int
    ) {
        switch Preconditions.evaluate(head, in: bytes, etag: etag, lastModified: lastModified) {
        case .failed: self = .preconditionFailed
        case .notModified: self = .notModified
        case .proceed:
            let range = RangeRequest.resolve(
                head, in: bytes, etag: etag, lastModified: lastModified, byteCount: byteCount)
            switch range {
            case .whole: self = .whole
            case .single(let range): self = .part(range)
            case .multiple(let ranges): self = .parts(ranges)
            case .unsatisfiable: self = .unsatisfiable
            }
        }
    }
}

extension RequestHead {
    @inline(__always)
    package var isConditional: Bool {
        self[.ifNoneMatch] != nil || self[.ifModifiedSince] != nil || self[.ifMatch] != nil
            || self[.ifUnmodifiedSince] != nil
    }
}
