package import HTTP
package import HTTPServer

extension Exchange {
    /// The first value of a field as text.
    package func value(of field: KnownField) -> String? {
        guard let slice = head[field] else { return nil }
        return String(decoding: headBytes[slice.range], as: UTF8.self)
    }

    /// Those its answer carries.
    package func fields(among sets: FieldSets) -> DeliveryFields {
        let headBytes = headBytes
        return sets.fields(for: head, in: headBytes.span)
    }

    /// Path and query as they came.
    package var target: String { String(decoding: headBytes[head.target.range], as: UTF8.self) }
}
