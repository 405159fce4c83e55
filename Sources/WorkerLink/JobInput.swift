package import Rendition

/// What the bytes beside a render job are. Jobs of one input share its decoding.
package struct JobInput: Hashable, Sendable {
    /// Names the original. A worker that holds it decoded need not decode it again; `nil`: nothing
    /// is known of it, and nothing is held.
    package let original: ContentHash?
    /// Outputs are made of the original's master; then this is the size that the original is
    /// displayed at, from which every output's size comes.
    package let masterOf: PixelSize?
    /// The bytes are the original's nevertheless: the master is to be made of them first, and sent
    /// as `mastered`.
    package var isMasterMissing: Bool
    package var overlay: Overlay?

    package init(
        original: ContentHash? = nil, masterOf: PixelSize? = nil, isMasterMissing: Bool = false,
        overlay: Overlay? = nil
    ) {
        precondition(original != nil || masterOf == nil, "a master of nothing")
        precondition(masterOf != nil || !isMasterMissing, "no master that could be missing")
        (self.original, self.masterOf) = (original, masterOf)
        (self.isMasterMissing, self.overlay) = (isMasterMissing, overlay)
    }

    /// Whether it has the same pixels, whatever is laid over them.
    package func hasPixels(of other: JobInput) -> Bool {
        original != nil && original == other.original && masterOf == other.masterOf
    }
}
