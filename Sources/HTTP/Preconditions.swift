/// Conditional requests (RFC 9110 §13), for a representation that exists.
package enum Preconditions {
    package enum Outcome: Hashable, Sendable {
        /// Do what the method says.
        case proceed
        /// 304, with the fields a 200 would carry that RFC 9110 §15.4.5 lists.
        case notModified
        /// 412.
        case failed
    }

    /// Weighs the conditions in the order of RFC 9110 §13.2.2. `If-Range` comes after them and
    /// belongs to `RangeRequest`.
    ///
    /// It is asked only where the answer would be a 2xx or 412 without it.
    /// - Parameters:
    ///   - bytes: those the head was parsed from.
    ///   - etag: as in the `ETag` field, with quotes. Empty: the representation has none.
    ///   - lastModified: `nil` if the representation has no such date.
    ///   - stem: how many bytes of `etag`, its first quote included, name what a change is made
    ///     to; `nil`: all of them. What stands behind may differ then.
    package static func evaluate(
        _ head: RequestHead, in bytes: Span<UInt8>, etag: Span<UInt8>, lastModified: HTTPDate?,
        stem: Int? = nil
    ) -> Outcome {
        let isRead = head.method == .get || head.method == .head
        if head[.ifMatch] != nil {
            let comparison = stem.map(EntityTag.Comparison.stem) ?? .strong
            guard matches(.ifMatch, of: head, in: bytes, etag: etag, by: comparison)
            else { return .failed }
        } else if let date = date(.ifUnmodifiedSince, of: head, in: bytes), let lastModified {
            guard lastModified <= date else { return .failed }
        }
        if head[.ifNoneMatch] != nil {
            let comparison = stem.map(EntityTag.Comparison.stem) ?? .weak
            guard matches(.ifNoneMatch, of: head, in: bytes, etag: etag, by: comparison)
            else { return .proceed }
            return isRead ? .notModified : .failed
        }
        if isRead, let date = date(.ifModifiedSince, of: head, in: bytes), let lastModified {
            return lastModified <= date ? .notModified : .proceed
        }
        return .proceed
    }

    /// What `If-Match` and `If-None-Match` say of a resource that has no representation yet: the
    /// former fails, whatever it lists; the latter holds. For creating only where nothing is.
    package static func evaluateAbsent(_ head: RequestHead) -> Outcome {
        head[.ifMatch] == nil ? .proceed : .failed
    }

    /// `*`, alone, matches any representation.
    private static func matches(
        _ field: KnownField, of head: RequestHead, in bytes: Span<UInt8>, etag: Span<UInt8>,
        by comparison: EntityTag.Comparison
    ) -> Bool {
        if !head.repeated(field), let value = head[field],
            bytes.extracting(value.range).isEqualIgnoringCase(to: "*")
        {
            return true
        }
        guard !etag.isEmpty else { return false }
        var found = false
        head.forEachValue(of: field, in: bytes) { value in
            found = found || EntityTag.list(value, matches: etag, by: comparison)
        }
        return found
    }

    /// `nil`, so that the field is ignored, unless it came once and holds one valid date.
    private static func date(
        _ field: KnownField, of head: RequestHead, in bytes: Span<UInt8>
    ) -> HTTPDate? {
        guard !head.repeated(field), let value = head[field] else { return nil }
        return HTTPDate(bytes.extracting(value.range))
    }
}
