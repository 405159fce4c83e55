internal import Coalescing
internal import HTTP
package import ImageIndex
internal import JSON
package import Rendition
internal import RenditionCache
internal import WorkerLink

/// What is made of an image's document and summary on the way to an answer, without a store and
/// without a worker: for who feeds it what a worker, or a damaged index, may say.
package enum ImageAnswers {
    /// The document as clients see it.
    package static func json(of image: ImageDocument) -> [UInt8] {
        var json = JSONWriter()
        let links = LinkMaker(
            policy: RenditionPolicy(), gate: nil, servesOriginals: true, readerHasToken: true)
        ImageJSON.append(
            image, renditions: ListedRenditions(CachedRenditions(), links), links: links, to: &json)
        return json.finish()
    }

    /// Every URL that such a document can have.
    package static func links(
        of hash: ContentHash, policy: RenditionPolicy, gate: URLGate?, hasToken: Bool,
        focus: FocalPoint?
    ) -> [String] {
        let maker = LinkMaker(
            policy: policy, gate: gate, servesOriginals: true, readerHasToken: hasToken)
        let links = maker.links(of: hash, width: 10_000, focus: focus)
        return links.thumbs.map(\.url) + [links.optimized, links.original].compactMap { $0 }
    }

    /// Everything that is worked out for a rendition before a worker is asked: the size of it,
    /// the plan of its master, its cost.
    package static func plan(
        of recipe: Recipe, on original: ImageSummary, _ hash: ContentHash, limits: OutputLimits
    ) -> PixelSize {
        let key = RenditionKey(
            original: hash, recipe: recipe, pipeline: PipelineVersion(value: 1), limits: limits)
        let order = RenditionOrder(
            key: key, recipe: recipe, target: [], original: original, ticket: PurgeTicket(),
            masterTicket: nil, client: .anybody)
        let plan = order.plan(limits: limits, style: Style())
        for fromMaster in [false, true] {
            let cost = RenderDesk.Queue.Cost(
                rendition: order, limits: limits, fromMaster: fromMaster && plan != nil)
            precondition(cost.sum > 0)
        }
        _ = order.lastModified.text
        return recipe.outputSize(source: order.size, limits: limits).final
    }
}
