package import Rendition

/// The watermark of a job's outputs; its picture comes beside the frame, after the input.
package struct Overlay: Hashable, Sendable {
    /// What the recipes that want it say.
    package let fingerprint: UInt64
    package let placement: Watermark.Placement

    package init(fingerprint: UInt64, placement: Watermark.Placement) {
        precondition(fingerprint != 0, "no watermark")
        (self.fingerprint, self.placement) = (fingerprint, placement)
    }

    package init(_ watermark: Watermark) {
        self.init(fingerprint: watermark.fingerprint, placement: watermark.placement)
    }
}
