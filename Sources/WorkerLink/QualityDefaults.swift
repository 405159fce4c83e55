package import Rendition

/// The quality of a format when the recipe names none, 1…100. PNG and GIF have no such setting.
package struct QualityDefaults: Hashable, Sendable {
    package var jpeg: UInt8
    package var webp: UInt8
    package var avif: UInt8
    package var jxl: UInt8

    package init(jpeg: UInt8 = 80, webp: UInt8 = 78, avif: UInt8 = 52, jxl: UInt8 = 75) {
        (self.jpeg, self.webp, self.avif, self.jxl) = (jpeg, webp, avif, jxl)
    }

    package func quality(of recipe: Recipe, as format: OutputFormat) -> UInt8 {
        if recipe.quality != 0 { return recipe.quality }
        return switch format {
        case .jpeg: jpeg
        case .webp: webp
        case .avif: avif
        case .jxl: jxl
        case .png, .gif: 100
        }
    }
}
