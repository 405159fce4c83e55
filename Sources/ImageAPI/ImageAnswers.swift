package import ImageIndex
internal import JSON
package import Rendition
internal import RenditionCache

/// What is made of an image's document and summary on the way to an answer, without a store and
/// without a worker: for who feeds it what a worker, or a damaged index, may say.
package enum ImageAnswers {
    /// The document as clients see it.
    package static func json(of image: ImageDocument) -> [UInt8] {
        var json = JSONWriter()
        let links = LinkMaker(policy: RenditionPolicy(), gate: nil, servesOriginals: true)
        ImageJSON.append(
            image, renditions: ListedRenditions(CachedRenditions(), links), links: links, to: &json)
        return json.finish()
    }

    /// Every URL that such a document can have.
    package static func links(
        of hash: ContentHash, policy: RenditionPolicy, gate: URLGate?, hasToken: Bool,
        focus: FocalPoint?
    ) -> [String] {
        let maker = LinkMaker(policy: policy, gate: gate, servesOriginals: true)
        let links = maker.forReader(hasToken: hasToken).links(of: hash, width: 10_000, focus: focus)
        return links.thumbs.map(\.url) + [links.optimized, links.original].compactMap { $0 }
    }
}
