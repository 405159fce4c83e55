/// How a rendition is made of an original: fixed size, no heap, trivially copied.
///
/// The order of work: EXIF orientation, trim, rotate, flip, resize by fit and gravity, blur,
/// sharpen, background, watermark, encode. Every default is the value that leaves its option out of
/// the URL.
package struct Recipe: Hashable, Sendable {
    /// The box in pixels before `dpr`; 0: that side follows the aspect ratio. Both 0: no box, the
    /// picture keeps its size (`/optimized`).
    package var width: UInt16 = 0
    package var height: UInt16 = 0
    package var fit = Fit.inside
    package var gravity = Gravity.center
    /// Without it nothing is ever made larger than it is.
    package var enlarge = false
    /// Device pixel ratio in halves: 2…8 for 1…4.
    package var dprHalves: UInt8 = 2
    /// `nil` is opaque white.
    package var background: Color?
    /// 1…100; 0: the default of the configuration for the format; or `automaticQuality`.
    package var quality: UInt8 = 0
    /// What the encoded picture may be at most; 0: anything.
    package var maxBytes: UInt32 = 0
    package var rotation = Rotation.none
    package var flip = Flip.none
    /// Sigma in hundredths, 30…10000; 0: none.
    package var blurHundredths: UInt16 = 0
    /// Sigma in hundredths, 30…1000; 0: none.
    package var sharpenHundredths: UInt16 = 0
    /// Threshold of the border to cut, 1…100; 0: none.
    package var trim: UInt8 = 0
    /// Keep the frames of an animation; else the first.
    package var animated = false
    /// `Watermark.fingerprint` of what is laid over the picture; 0: nothing.
    package var watermark: UInt64 = 0
    package var format = FormatChoice.negotiated

    /// The lowest quality at which no difference to the picture itself is seen.
    package static let automaticQuality: UInt8 = 101
    package static let maxBytesRange = 1000...10_000_000

    package init() {}

    package init(width: UInt16, height: UInt16, fit: Fit = .inside, format: FormatChoice) {
        (self.width, self.height, self.fit, self.format) = (width, height, fit, format)
    }

    package var hasBox: Bool { width != 0 || height != 0 }
    package var backgroundColor: Color { background ?? .white }
}
