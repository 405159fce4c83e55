/// What one element of a `Forwarded` field says (RFC 7239 §4), each as it is written.
package struct ForwardedElement {
    /// Whom the proxy got the request from: an address, a name that hides it, or `unknown`.
    package private(set) var node: [UInt8]?

    package init(_ element: Span<UInt8>) {
        let pairs = [UInt8.semicolon] + element.array
        _ = FieldParameters.forEach(of: pairs.span, from: 0) { name, value in
            guard pairs.span.extracting(name).isEqualIgnoringCase(to: "for") else { return }
            node = value.isClear ? value.text : nil
        }
    }
}
