package import Rendition

/// The links of an image document: only what the edge would answer.
///
/// Where the policy asks for a signature, a link has one if there is a key and the reader came with
/// a token. An index that is open to everybody would give signatures to everybody.
package struct LinkMaker: Sendable {
    struct Links {
        var original: String?
        var optimized: String?
        var thumbs: [(name: String, url: String)] = []
        /// For the attribute `srcset` of HTML.
        var sourceSet = ""
    }

    /// Widths in pixels, where the policy has no sizes of its own.
    private static let widths: [UInt16] = [160, 320, 640, 960, 1280, 1920]

    let policy: RenditionPolicy
    let gate: URLGate?
    let servesOriginals: Bool
    /// Scheme, host and port that links begin with; empty: they are of whoever is asked.
    let origin: String
    private(set) var readerHasToken = false

    package init(
        policy: RenditionPolicy, gate: URLGate?, servesOriginals: Bool, origin: String = ""
    ) {
        (self.policy, self.gate, self.servesOriginals) = (policy, gate, servesOriginals)
        self.origin = origin
    }

    /// - Parameter path: of this edge, with its query.
    func link(_ path: String) -> String { origin + path }

    func forReader(hasToken: Bool) -> LinkMaker {
        var maker = self
        maker.readerHasToken = hasToken
        return maker
    }

    /// - Parameters:
    ///   - width: of the image, in pixels: nothing is ever wider.
    ///   - focus: what crops keep that say nothing of it themselves, where that may be asked for.
    func links(of hash: ContentHash, width: Int, focus: FocalPoint?) -> Links {
        var links = Links()
        if servesOriginals {
            links.original = url(
                NormalTarget.target(ofOriginal: hash), isOpen: gate?.originalsAreSigned != true)
        }
        links.optimized = url(RenditionRequest(original: hash, width: 0))
        var (sources, widths): ([String], Set<UInt16>) = ([], [])
        for (name, request) in sizes(of: hash) {
            let recipe = request.recipe
            guard recipe.hasBox, !recipe.isPlainWidth || recipe.width < width,
                let url = url(request, focus)
            else { continue }
            links.thumbs.append((name, url))
            let isFirst = recipe.isPlainWidth && widths.insert(recipe.width).inserted
            if isFirst { sources.append("\(url) \(recipe.width)w") }
        }
        if let optimized = links.optimized {
            links.thumbs.append(("\(width)", optimized))
            sources.append("\(optimized) \(width)w")
        }
        links.sourceSet = sources.joined(separator: ", ")
        return links
    }

    func sizes(of hash: ContentHash) -> [(name: String, request: RenditionRequest)] {
        if case .listed(let entries) = gate?.sizes {
            return entries.map { ($0.text, $0.request(of: hash)) }
        }
        let widths = Self.widths.filter { $0 <= policy.limits.side }
            .map { (name: "\($0)", request: RenditionRequest(original: hash, width: $0)) }
        guard policy.options.contains(.preset) else { return widths }
        return widths
            + policy.presets.filter(\.recipe.hasBox).map {
                ("preset=\($0.name)", RenditionRequest(original: hash, preset: $0))
            }
    }

    /// A list or a policy may let through only what says nothing of gravity.
    private func url(_ request: RenditionRequest, _ focus: FocalPoint?) -> String? {
        guard let focus, policy.options.contains(.gravity), policy.gravities.contains(.focalPoint)
        else { return url(request) }
        return url(request.focused(on: focus)) ?? url(request)
    }

    /// Of a rendition that was made for `target`; `nil` when it would be refused now.
    func url(madeFor target: [UInt8]) -> String? {
        guard let request = try? RenditionRequest.parse(target: target.span, policy: policy)
        else { return nil }
        return url(request)
    }

    func url(_ request: RenditionRequest) -> String? {
        url(request.canonicalTarget, isOpen: gate?.isOpen(request.recipe) != false)
    }

    /// `nil` when it would be refused.
    private func url(_ target: [UInt8], isOpen: Bool) -> String? {
        if isOpen { return link(String(decoding: target, as: UTF8.self)) }
        guard readerHasToken, let sealed = gate?.keys.sealing(target) else { return nil }
        return link(String(decoding: sealed, as: UTF8.self))
    }
}
