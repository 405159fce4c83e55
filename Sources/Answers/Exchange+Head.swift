package import HTTP
package import HTTPServer

extension Exchange {
    /// The first value of a field as text.
    package func value(of field: KnownField) -> String? {
        guard let slice = head[field] else { return nil }
        return String(decoding: headBytes[slice.range], as: UTF8.self)
    }

    /// The same of one that has no place of its own.
    ///
    /// - Parameter name: in small letters.
    package func value(ofField name: StaticString) -> String? {
        let headBytes = headBytes
        var found: String?
        head.forEachValue(ofField: name, in: headBytes.span) { value in
            if found == nil { found = String(decoding: value.array, as: UTF8.self) }
        }
        return found
    }

    /// Those its answer carries.
    package func fields(among sets: FieldSets) -> DeliveryFields {
        let headBytes = headBytes
        return sets.fields(for: head, in: headBytes.span)
    }

    /// Path and query as they came.
    package var target: String { String(decoding: headBytes[head.target.range], as: UTF8.self) }
}
