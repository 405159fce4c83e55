internal import Coalescing
internal import HTTP
internal import ImageIndex
internal import LinuxIO
internal import Rendition
internal import RenditionCache
internal import WorkerLink

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
    /// The same of the masters; `nil` where none are kept.
    let masterTicket: PurgeTicket?
    /// Whose share of the workers it is made with.
    let client: JobClient

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
        let type = ImageType.allCases.first { MediaType($0.mediaType) == original.type }
        let plan = MasterPlan(
            width: original.width, height: original.height, frames: original.frames,
            isLossyType: type?.isLossy ?? false, hasAlpha: original.hasAlpha)
        let resized = recipe.outputSize(source: size, limits: limits).resized
        guard let plan, plan.serves(recipe, resized: resized, quality: style.quality)
        else { return nil }
        return plan
    }
}
