internal import Coalescing
package import ImageIndex
package import Rendition
internal import RenditionCache

/// A rendition of a preset that is to be there.
package struct WantedRendition: Sendable {
    package let preset: ShortName
    let key: RenditionKey
    let recipe: Recipe
    let target: [UInt8]
    /// Whether it is the one that everybody can read.
    package let isFallback: Bool
}

extension RenderDesk {
    /// Every preset in every format that a URL without an extension can be answered with.
    package func renditions(
        of hash: ContentHash, in presets: [Preset], _ policy: RenditionPolicy
    ) -> [WantedRendition] {
        let negotiated = OutputFormat.allCases.filter(policy.negotiated.contains)
        let formats = [FormatChoice.fallback] + negotiated.map { .explicit($0) }
        return presets.flatMap { preset in
            let request = RenditionRequest(original: hash, preset: preset)
            let target = request.canonicalTarget
            return formats.map { format in
                var recipe = request.recipe
                recipe.format = format
                let key = RenditionKey(
                    original: hash, recipe: recipe, pipeline: pipeline, limits: policy.limits)
                return WantedRendition(
                    preset: preset.name, key: key, recipe: recipe, target: target,
                    isFallback: format == .fallback)
            }
        }
    }

    func backgroundOrder(
        for wanted: WantedRendition, of image: ImageDocument
    ) -> RenditionOrder {
        RenditionOrder(
            key: wanted.key, recipe: wanted.recipe, target: wanted.target,
            original: ImageSummary(of: image, state: .present), ticket: cache.ticket(),
            masterTicket: masters?.ticket(), client: JobClient(image.hash))
    }

    /// Of an image that is present, out of the cache, or made again.
    package func rendition(
        _ wanted: WantedRendition, of image: ImageDocument
    ) async throws(RenditionFailure) -> (format: OutputFormat, content: [UInt8]) {
        let order = backgroundOrder(for: wanted, of: image)
        var outcome = finisher.kept(order).map { RenditionOutcome.made($0) }
        if outcome == nil { outcome = await makeInBackground([order]).first }
        switch outcome {
        case .made(let made):
            guard let head = StoredHead(made.storedHead) else { throw .abandoned }
            return (head.format, made.content)
        case .failed(let reason): throw reason
        case nil: throw .abandoned
        }
    }
}
