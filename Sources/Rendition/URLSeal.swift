/// What makes a URL a signed one: `expires` and `signature`, each in its place in the alphabet
/// among the options.
///
/// It is taken off before the rest is read, so that it is part of no recipe and no key. A signature
/// covers the canonical target with `expires`. Of a target in another spelling it is taken by
/// `NormalTarget`, and verified as the canonical one has it.
package struct URLSeal: Hashable, Sendable {
    /// Unix seconds; 0: for ever.
    package let expires: Int64
    /// Where the signature stands, behind its name.
    let signature: Range<Int>
    /// What is left out of the target for that which the signature covers: the pair and the
    /// separator that goes with it.
    let signatureCut: Range<Int>
    /// The same of `expires`, before the other; empty when there is none.
    private let expiresCut: Range<Int>

    static let signatureName: StaticString = "signature="
    static let expiresName: StaticString = "expires="

    /// `nil` when there is none, or not where the one spelling has it. No allocation.
    package init?(in target: Span<UInt8>) {
        var (signaturePair, expiresPair) = (0..<0, 0..<0)
        var end = target.count
        var index = end
        var isDone = false
        while !isDone {
            // Without a query there is no seal; and these stand in none that is canonical.
            guard index > 0, target[index - 1] != UInt8(ascii: "/"),
                target[index - 1] != UInt8(ascii: "%")
            else { return nil }
            isDone = target[index - 1] == UInt8(ascii: "?")
            if isDone || target[index - 1] == UInt8(ascii: "&") {
                let pair = index..<end
                let next = end + 1
                guard next > target.count || Self.precedes(pair, next..<target.count, in: target)
                else { return nil }
                if Self.signatureName.isPrefix(of: target.extracting(pair)) { signaturePair = pair }
                if Self.expiresName.isPrefix(of: target.extracting(pair)) { expiresPair = pair }
                end = index - 1
            }
            index -= 1
        }
        guard !signaturePair.isEmpty else { return nil }
        for earlier in 0..<index where target[earlier] == UInt8(ascii: "?") { return nil }
        self.init(signaturePair, expiresPair, in: target)
    }

    private init?(_ signaturePair: Range<Int>, _ expiresPair: Range<Int>, in target: Span<UInt8>) {
        let isLast = signaturePair.upperBound == target.count
        signature = signaturePair.dropFirst(Self.signatureName.utf8CodeUnitCount)
        signatureCut = Self.cut(signaturePair, isLast: isLast)
        guard !expiresPair.isEmpty else {
            (expires, expiresCut) = (0, signatureCut.lowerBound..<signatureCut.lowerBound)
            return
        }
        let digits = expiresPair.dropFirst(Self.expiresName.utf8CodeUnitCount)
        guard let seconds = Self.seconds(target.extracting(digits)) else { return nil }
        expires = seconds
        expiresCut = Self.cut(
            expiresPair, isLast: isLast && expiresPair.upperBound == signatureCut.lowerBound)
    }

    /// A pair with the separator behind it, or where nothing is left behind it the one before.
    private static func cut(_ pair: Range<Int>, isLast: Bool) -> Range<Int> {
        isLast ? pair.lowerBound - 1..<pair.upperBound : pair.lowerBound..<pair.upperBound + 1
    }

    /// Whether one pair stands before another in the alphabet; the later one may be followed by
    /// more.
    private static func precedes(
        _ pair: Range<Int>, _ later: Range<Int>, in target: Span<UInt8>
    ) -> Bool {
        for offset in 0..<min(pair.count, later.count) {
            let byte = target[pair.lowerBound + offset]
            let other = target[later.lowerBound + offset]
            if byte != other { return byte < other }
        }
        return false
    }

    /// Of the longest target with every option.
    private static let longestBare = Spelling.capacity

    /// Calls `body` with the target without the seal; `nil` where that is longer than any that is
    /// canonical. No allocation.
    package func withBare<R, E: Error>(
        of target: Span<UInt8>, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R? {
        if signatureCut.upperBound == target.count,
            expiresCut.upperBound == signatureCut.lowerBound
        {
            return try body(target.extracting(first: expiresCut.lowerBound))
        }
        var bytes = InlineArray<384, UInt8>(repeating: 0)
        var count = 0
        for index in target.indices
        where !expiresCut.contains(index) && !signatureCut.contains(index) {
            guard count < Self.longestBare else { return nil }
            bytes[count] = target[index]
            count += 1
        }
        return try body(bytes.span.extracting(first: count))
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
