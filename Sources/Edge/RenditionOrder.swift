internal import HTTP
internal import ImageIndex
internal import Rendition
internal import RenditionCache

/// Everything that is needed to make one rendition.
struct RenditionOrder: Sendable {
    let key: RenditionKey
    /// Its format is decided, or `.fallback`.
    let recipe: Recipe
    /// The canonical URL, as the image document lists it.
    let target: [UInt8]
    let original: ImageSummary
    /// Taken before the work starts: what is purged meanwhile is not kept.
    let ticket: PurgeTicket

    var lastModified: HTTPDate { HTTPDate(secondsSince1970: original.uploadedAtSeconds) }

    /// Estimated microseconds of a worker, measured on photos of 1 to 12 megapixels: decoding
    /// costs by input pixels, encoding by output pixels, AVIF ten times a JPEG.
    func cost(limits: OutputLimits) -> UInt64 {
        let source = PixelSize(width: Int(original.width), height: Int(original.height))
        let output = recipe.outputSize(source: source, limits: limits).final.pixels
        let perOutputPixel: UInt64 = recipe.format == .explicit(.avif) ? 300 : 40
        return 1000 + source.pixels * 4 / 1000 + output * perOutputPixel / 1000
    }
}
