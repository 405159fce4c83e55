/// What makes a URL a signed one: `expires` and `signature`, behind all options and in this order.
///
/// It is taken off before the rest is read, so that it is part of no recipe and no key. What a
/// signature covers is the target as it stands up to the signature, which is the canonical one:
/// another spelling is redirected, with its seal, before anything is verified.
package struct URLSeal: Hashable, Sendable {
    /// Where the target ends that is left without the seal.
    package let bareCount: Int
    /// Where that ends which the signature covers: the rest and `expires`.
    package let coveredCount: Int
    /// Unix seconds; 0: for ever.
    package let expires: Int64

    static let signatureName: StaticString = "signature="
    static let expiresName: StaticString = "expires="
    /// Name, key id, full stop, code.
    private static let longestSignature = 10 + URLKeys.longestID + 1 + 43
    /// Name and digits, as far as the year 9999 goes.
    private static let longestExpires = 8 + 12

    /// The seal at the end of a target; `nil` when there is none in its one spelling. No
    /// allocation; looks at no more than the last hundred bytes of a target without one.
    package init?(endOf target: Span<UInt8>) {
        guard
            let signature = Self.lastPair(of: target, longest: Self.longestSignature),
            Self.signatureName.isPrefix(of: target.extracting(signature...))
        else { return nil }
        coveredCount = signature - 1
        let covered = target.extracting(..<coveredCount)
        if let pair = Self.lastPair(of: covered, longest: Self.longestExpires),
            Self.expiresName.isPrefix(of: covered.extracting(pair...)),
            let seconds = Self.seconds(
                covered.extracting((pair + Self.expiresName.utf8CodeUnitCount)...))
        {
            guard target[coveredCount] == UInt8(ascii: "&") else { return nil }
            (bareCount, expires) = (pair - 1, seconds)
        } else {
            (bareCount, expires) = (coveredCount, 0)
        }
        // The first pair of a query stands behind "?", every other behind "&".
        var hasQuery = false
        for index in 0..<bareCount where target[index] == UInt8(ascii: "?") { hasQuery = true }
        guard (target[bareCount] == UInt8(ascii: "&")) == hasQuery else { return nil }
    }

    /// Where the last pair of a query begins; `nil` when there is none so short.
    private static func lastPair(of target: Span<UInt8>, longest: Int) -> Int? {
        var index = target.count
        let end = max(1, target.count - longest)
        while index >= end {
            switch target[index - 1] {
            case UInt8(ascii: "&"), UInt8(ascii: "?"): return index
            case UInt8(ascii: "/"), UInt8(ascii: "%"): return nil
            default: index -= 1
            }
        }
        return nil
    }

    /// Unix seconds in up to 12 digits without a leading zero; no allocation.
    package static func seconds(_ digits: Span<UInt8>) -> Int64? {
        guard 1...12 ~= digits.count, digits[0] != UInt8(ascii: "0") else { return nil }
        var value: Int64 = 0
        for index in digits.indices {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }
}
