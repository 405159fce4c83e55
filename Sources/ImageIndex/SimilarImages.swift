package import Text

/// What looks much like a picture.
package struct SimilarityQuery: Equatable, Sendable {
    /// Bits that two perceptual hashes may differ in.
    package static let distances = 0...11

    package var perceptualHash: UInt64
    package var distance: Int
    package var limit: Int
    /// Only images of this owner.
    package var owner: UTF8String?

    package init(perceptualHash: UInt64, distance: Int, limit: Int, owner: UTF8String? = nil) {
        precondition(Self.distances.contains(distance) && limit > 0, "\(distance) \(limit)")
        (self.perceptualHash, self.distance) = (perceptualHash, distance)
        (self.limit, self.owner) = (limit, owner)
    }
}

package struct SimilarImages: Equatable, Sendable {
    package struct Match: Equatable, Sendable {
        package var document: ImageDocument
        package var distance: Int
    }

    /// Nearest first.
    package var matches: [Match]
    /// There are more images than are looked at; further ones may be near.
    package var isCut: Bool

    package init(matches: [Match] = [], isCut: Bool = false) {
        (self.matches, self.isCut) = (matches, isCut)
    }
}
