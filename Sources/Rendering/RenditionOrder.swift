package import Coalescing
internal import HTTP
package import ImageIndex
internal import LinuxIO
package import Rendition
package import RenditionCache
internal import WorkerLink

/// Everything that is needed to make one rendition.
package struct RenditionOrder: Sendable {
    package let key: RenditionKey
    /// Its format is decided, or `.fallback`.
    package let recipe: Recipe
    /// The canonical URL, as the image document lists it.
    package let target: [UInt8]
    package let original: ImageSummary
    /// Taken before the work starts: what is purged meanwhile is not kept.
    package let ticket: PurgeTicket
    /// The same of the masters; `nil` where none are kept.
    package let masterTicket: PurgeTicket?
    /// Whose share of the workers it is made with.
    package let client: JobClient

    package init(
        key: RenditionKey, recipe: Recipe, target: [UInt8], original: ImageSummary,
        ticket: PurgeTicket, masterTicket: PurgeTicket?, client: JobClient
    ) {
        (self.key, self.recipe, self.target, self.original) = (key, recipe, target, original)
        (self.ticket, self.masterTicket, self.client) = (ticket, masterTicket, client)
    }

    /// Of the original, but never later than now: the clock may have been set back.
    var lastModified: HTTPDate {
        HTTPDate(secondsSince1970: min(original.uploadedAtSeconds, Clock.coarseWallSeconds()))
    }

    /// The original as displayed.
    var size: PixelSize {
        PixelSize(width: max(1, Int(original.width)), height: max(1, Int(original.height)))
    }

    /// The plan of the master that this rendition may be made of.
    func plan(limits: OutputLimits, style: Style) -> MasterPlan? {
        // A master was not made in linear light.
        if style.isLinear { return nil }
        guard
            let type = ImageType.allCases.first(where: {
                MediaType($0.mediaType) == original.type
            })
        else { return nil }
        let plan = MasterPlan(
            of: ImageFacts(
                type: type, width: original.width, height: original.height,
                frames: original.frames, hasAlpha: original.hasAlpha, isFar: original.isFar))
        let resized = recipe.outputSize(source: size, limits: limits).resized
        guard let plan, plan.serves(recipe, resized: resized, quality: style.quality)
        else { return nil }
        return plan
    }
}

extension RenditionOrder {
    /// Everything that is worked out for a rendition before a worker is asked: its size, the plan
    /// of its master, its cost. For who feeds it what a damaged index may say.
    package static func rehearse(
        _ recipe: Recipe, on original: ImageSummary, _ hash: ContentHash, limits: OutputLimits
    ) -> PixelSize {
        let key = RenditionKey(
            original: hash, recipe: recipe, pipeline: PipelineVersion(value: 1), limits: limits)
        let order = RenditionOrder(
            key: key, recipe: recipe, target: [], original: original, ticket: PurgeTicket(),
            masterTicket: nil, client: .anybody)
        let plan = order.plan(limits: limits, style: Style())
        for master in [nil, plan] {
            let cost = RenderDesk.Queue.Cost(rendition: order, limits: limits, from: master)
            precondition(cost.sum > 0)
        }
        _ = order.lastModified.text
        return recipe.outputSize(source: order.size, limits: limits).final
    }
}
