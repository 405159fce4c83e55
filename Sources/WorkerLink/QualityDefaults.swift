package import Rendition

/// The quality of a format when the recipe names none, 1…100. PNG and GIF have no such setting.
package struct QualityDefaults: Hashable, Sendable {
    package let jpeg: UInt8
    package let webp: UInt8
    package let avif: UInt8
    package let jxl: UInt8
    /// A rendition no side of which is longer gets `smallMore` more, up to 100; 0: none does.
    package var smallSide: UInt16 = 0
    package var smallMore: UInt8 = 0

    package init(jpeg: UInt8 = 80, webp: UInt8 = 80, avif: UInt8 = 50, jxl: UInt8 = 75) {
        precondition(
            [jpeg, webp, avif, jxl].allSatisfy { 1...100 ~= $0 }, "a quality is from 1 to 100")
        (self.jpeg, self.webp, self.avif, self.jxl) = (jpeg, webp, avif, jxl)
    }

    /// For the pipeline version.
    package var parts: [String] {
        [
            "quality.jpeg \(jpeg)", "quality.webp \(webp)", "quality.avif \(avif)",
            "quality.jxl \(jxl)", "quality.small \(smallSide) \(smallMore)",
        ]
    }

    /// Of a recipe that leaves the quality to the worker, what it is about.
    package func quality(
        of recipe: Recipe, as format: OutputFormat, at size: PixelSize
    ) -> UInt8 {
        if 1...100 ~= recipe.quality { return recipe.quality }
        let base =
            switch format {
            case .jpeg: jpeg
            case .webp: webp
            case .avif: avif
            case .jxl: jxl
            case .png, .gif: UInt8(100)
            }
        let isSmall = max(size.width, size.height) <= Int(smallSide)
        return isSmall ? min(100, base + smallMore) : base
    }
}
