/// What any picture can be at all, whatever the configuration allows: its limits lie within these.
///
/// What a worker says of a picture, and what a record of the index says, is held against them where
/// it comes in. Behind that no product of sides, frames, and what a pixel costs leaves 64 bits.
package enum PictureBounds {
    package static let sides = 1...10_000_000
    package static let frames = 1...1_000_000
    /// Width × height × frames.
    package static let pixels = 1 << 32
    /// Seconds since 1970: the years 1800 to 9999.
    package static let captureSeconds: ClosedRange<Int64> = -5_364_662_400...253_402_300_799
    /// Microseconds since 1970: the years 1 to 9999.
    package static let uploadMicroseconds: ClosedRange<Int64> =
        -62_135_596_800_000_000...253_402_300_799_999_999

    package static func contain(width: Int, height: Int, frames: Int = 1) -> Bool {
        // Of two sides the product fits 64 bits, of three numbers it may not.
        sides.contains(width) && sides.contains(height) && Self.frames.contains(frames)
            && width * height <= pixels / frames
    }
}
