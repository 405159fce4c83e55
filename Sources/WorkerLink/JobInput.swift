package import Rendition

/// What the bytes beside a render job are.
package struct JobInput: Hashable, Sendable {
    /// Names the original. A worker that holds it decoded need not decode it again; `nil`: nothing
    /// is known of it, and nothing is held.
    package let original: ContentHash?
    /// The bytes are the original's master; then this is the size that the original is displayed
    /// at, from which every output's size comes.
    package let masterOf: PixelSize?

    package init(original: ContentHash? = nil, masterOf: PixelSize? = nil) {
        precondition(original != nil || masterOf == nil, "a master of nothing")
        (self.original, self.masterOf) = (original, masterOf)
    }
}
