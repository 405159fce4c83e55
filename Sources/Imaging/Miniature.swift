internal import CVipsShim
internal import Rendition

/// A picture of few pixels, each red, green, blue and straight alpha.
package struct Miniature {
    let width: Int
    let height: Int
    /// Row by row.
    let pixels: [SIMD4<UInt8>]

    /// - Precondition: both sides are from 1 to 100, the most that ThumbHash takes.
    package init(width: Int, height: Int, pixels: [SIMD4<UInt8>]) {
        precondition(1...100 ~= width && 1...100 ~= height && pixels.count == width * height)
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }
}

extension Picture {
    /// As few pixels of it, each the mean of what it covers: a resampler's steps would take longer
    /// than most decoders, and what is asked of a miniature is averages.
    ///
    /// - Precondition: it is in memory, 8 bits a channel, and no smaller.
    borrowing func miniature(_ size: PixelSize) throws(ImagingError) -> Miniature {
        let count = size.width * size.height
        var bytes = [UInt8](repeating: 0, count: 4 * count)
        try ImagingError.check(
            unsafe with { image in
                unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                    guard let start = bytes.baseAddress else { return -1 }
                    return unsafe CVipsShim_means(
                        image, CInt(size.width), CInt(size.height), start)
                }
            })
        let pixels = (0..<count).map { index in
            SIMD4(
                bytes[4 * index], bytes[4 * index + 1], bytes[4 * index + 2], bytes[4 * index + 3])
        }
        return Miniature(width: size.width, height: size.height, pixels: pixels)
    }
}
