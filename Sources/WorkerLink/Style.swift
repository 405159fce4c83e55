/// What the configuration says of how renditions look; the same for all of them.
package struct Style: Hashable, Sendable {
    package var quality = QualityDefaults()
    /// Originals in Display P3 stay so; all else becomes sRGB.
    package var keepsDisplayP3 = false
    /// Sizes are made in linear light, of originals decoded whole.
    package var isLinear = false
    /// Artist and copyright go along.
    package var keepsRights = true

    package init() {}

    package init(quality: QualityDefaults) { self.quality = quality }

    /// For the pipeline version.
    package var parts: [String] {
        quality.parts + [
            "p3 \(keepsDisplayP3)", "linear \(isLinear)", "rights \(keepsRights)",
        ]
    }
}
