/// What a worker found out about an original by decoding it.
package struct ImageFacts: Hashable, Sendable {
    package var type: ImageType
    /// Pixels as displayed, after EXIF orientation.
    package var width: UInt32
    package var height: UInt32
    /// EXIF orientation as stored, 1…8; 1 where there is none.
    package var orientation: UInt8
    /// 1 unless animated or of several pages.
    package var frames: UInt32
    package var hasAlpha: Bool
    package var colorSpace: ColorSpace
    package var hasProfile: Bool
    /// Of one channel: 1, 2, 4, 8, 10, 12, 16 or 32.
    package var bitDepth: UInt8
    package var isProgressive: Bool
    /// Seconds since 1970 as the camera's clock had it, read as UTC.
    package var capturedAt: Int64?
    /// Once its pixels were seen.
    package var likeness: Likeness?
    /// What proving it took of the processor. In no frame: the edge measures it.
    package var processorMicroseconds: UInt32?

    package init(
        type: ImageType, width: UInt32, height: UInt32, orientation: UInt8 = 1, frames: UInt32 = 1,
        hasAlpha: Bool = false, colorSpace: ColorSpace = .srgb, hasProfile: Bool = false,
        bitDepth: UInt8 = 8, isProgressive: Bool = false, capturedAt: Int64? = nil,
        likeness: Likeness? = nil
    ) {
        self.type = type
        (self.width, self.height, self.orientation) = (width, height, orientation)
        (self.frames, self.hasAlpha) = (frames, hasAlpha)
        (self.colorSpace, self.hasProfile, self.bitDepth) = (colorSpace, hasProfile, bitDepth)
        (self.isProgressive, self.capturedAt) = (isProgressive, capturedAt)
        self.likeness = likeness
    }
}
