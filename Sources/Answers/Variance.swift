package import HTTP

/// Which fields of a request had a say in the answer, for `Vary` (RFC 9110 §12.5.5).
package struct Variance: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let accept = Variance(rawValue: 1)
    package static let hints = Variance(rawValue: 2)

    package static let hintFields: StaticString = "Sec-CH-DPR, Sec-CH-Width"

    package func append(to lines: inout OutputBuffer) {
        switch self {
        case []: break
        case .accept: lines.append("Vary: Accept\r\n")
        case .hints: lines.append("Vary: Sec-CH-DPR, Sec-CH-Width\r\n")
        default: lines.append("Vary: Accept, Sec-CH-DPR, Sec-CH-Width\r\n")
        }
    }
}
