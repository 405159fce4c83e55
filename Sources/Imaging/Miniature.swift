internal import CVipsShim
internal import WorkerLink

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
    /// - Precondition: it is in memory, of at most 100 × 100 pixels of 8 bits a channel.
    borrowing func miniature() throws(ImagingError) -> Miniature {
        let layout = layout
        let (bands, count) = (Int(layout.bands), Int(layout.width) * Int(layout.height))
        guard layout.number == CInt(CVipsShim_unsignedByte), byteCount == bands * count
        else { throw ImagingError(.internalFailure, "not a picture of bytes") }
        let colors = bands - (layout.hasAlpha ? 1 : 0)
        let pixels = unsafe with { image -> [SIMD4<UInt8>]? in
            guard let start = unsafe CVipsShim_pixels(image) else { return nil }
            let bytes = unsafe UnsafeRawBufferPointer(start: start, count: bands * count)
            return (0..<count).map { index in
                let offset = index * bands
                let red = unsafe bytes[offset]
                let isGrey = colors < 3
                return unsafe SIMD4(
                    red, isGrey ? red : bytes[offset + 1], isGrey ? red : bytes[offset + 2],
                    layout.hasAlpha ? bytes[offset + bands - 1] : 255)
            }
        }
        guard let pixels else { throw ImagingError.fromVips() }
        return Miniature(width: Int(layout.width), height: Int(layout.height), pixels: pixels)
    }
}
