/// Whom work is done for, as far as sharing goes: a token, an address, or a picture where neither
/// is known.
package struct JobClient: Hashable, Sendable {
    private let bytes: SIMD16<UInt8>

    /// - Parameter bytes: an address, half of a token's digest, or half of a picture's hash: as
    ///   long as one of a kind is not made up to be one of another they do not meet.
    package init(_ bytes: SIMD16<UInt8>) { self.bytes = bytes }

    /// Who is not told apart.
    package static let anybody = JobClient(SIMD16())

    package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
