import TestSupport
import Rendition

@testable import ImageIndex
import Text

extension ContentHash {
    /// Spread like real ones.
    static func sample(_ number: Int) -> ContentHash {
        var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: number))
        var bytes = SIMD32<UInt8>()
        for word in 0..<4 {
            let mixed = random.next()
            for byte in 0..<8 {
                bytes[8 * word + byte] = UInt8(truncatingIfNeeded: mixed >> (8 * byte))
            }
        }
        return ContentHash(bytes: bytes)
    }
}

extension ImageDocument {
    static func sample(_ number: Int, uploadedAt: Int64? = nil) -> ImageDocument {
        ImageDocument(
            hash: .sample(number), byteCount: 1000 + number, type: MediaType("image/jpeg"),
            width: 4000, height: 3000,
            uploadedAt: uploadedAt ?? Int64(1_700_000_000_000_000 + number))
    }

    /// With something in every field.
    static func full(_ number: Int) -> ImageDocument {
        var document = sample(number)
        document.type = MediaType("image/x-sixteen!")
        (document.frames, document.orientation, document.hasAlpha) = (12, 6, true)
        document.isFar = true
        (document.colorSpace, document.name, document.owner) = ("cmyk", "Zoë 😀.jpg", "me")
        document.givenNames = [.init("", at: .min), .init("Zoë 😀.jpg", at: 5)]
        document.tags = ["a", "b", ""]
        document.attributes = ["camera": "x100", "": "empty", "b": ""]
        (document.capturedAt, document.status, document.error) = (-5, .failed, "why")
        (document.thumbhash, document.dominantColor) = ([1, 2, 0], 0xFF_0000)
        document.focus = FocalPoint(x: 1000, y: 0)
        (document.perceptualHash, document.processorMicroseconds) = (.max, 1 << 20)
        return document
    }
}
