package import HTTP

/// Which fields of a request had a say in the answer, for `Vary` (RFC 9110 §12.5.5).
package struct Variance: Equatable, Sendable {
    /// Two bits of their own: a set of options costs a hit generic calls between modules.
    package var accept = false
    package var hints = false

    package init(accept: Bool = false, hints: Bool = false) {
        (self.accept, self.hints) = (accept, hints)
    }

    package static let hintFields: StaticString = "Sec-CH-DPR, Sec-CH-Width"

    package func append(to lines: inout OutputBuffer) {
        switch (accept, hints) {
        case (false, false): break
        case (true, false): lines.append("Vary: Accept\r\n")
        case (false, true): lines.append("Vary: Sec-CH-DPR, Sec-CH-Width\r\n")
        case (true, true): lines.append("Vary: Accept, Sec-CH-DPR, Sec-CH-Width\r\n")
        }
    }
}
