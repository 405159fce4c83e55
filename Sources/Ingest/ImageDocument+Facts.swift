package import ImageIndex
package import Rendition
package import WorkerLink

extension ImageDocument {
    /// Of a picture as a worker found it.
    package init(of facts: ImageFacts, hash: ContentHash, byteCount: Int, uploadedAt: Int64) {
        self.init(
            hash: hash, byteCount: byteCount, type: MediaType(facts.type.mediaType),
            width: Int(facts.width), height: Int(facts.height), uploadedAt: uploadedAt)
        describe(facts)
    }

    /// Says of the picture what a worker found of it.
    package mutating func describe(_ facts: ImageFacts) {
        type = MediaType(facts.type.mediaType)
        (width, height) = (Int(facts.width), Int(facts.height))
        frames = Int(facts.frames)
        orientation = Int(facts.orientation)
        hasAlpha = facts.hasAlpha
        colorSpace = facts.colorSpace.word.description
        isFar = facts.isFar
        capturedAt = facts.capturedAt
        thumbhash = facts.likeness?.thumbHash
        dominantColor = facts.likeness?.dominantColor
        processorMicroseconds = facts.processorMicroseconds
        perceptualHash = facts.likeness?.perceptualHash
    }
}
