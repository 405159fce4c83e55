internal import Configuration
internal import ImageAPI
internal import Rendition
internal import Text

extension Parser {
    /// Every kind of entry of a list, with names in it and without, each way to be closed.
    private static let configurations = [
        "{}", "{ delivery: { sizes: 'signed', originals: 'signed' } }",
        """
        { watermarks: { logo: { file: '/x' }, tiles: { file: '/y', tile: true } },
          presets: {
              w: { options: 'watermark=logo' }, b: { size: '9x', options: 'fit=cover' },
              plain: { options: 'quality=auto' } },
          delivery: {
              sizes: [
                  '640x', 'x480?dpr=2', '9x9?fit=cover', '64x?watermark=logo', 'optimized',
                  '64x?preset=w', '64x?preset=w&watermark=none',
                  '9x?preset=b&watermark=tiles', 'optimized?preset=plain',
                  'optimized?quality=auto'],
              signingKeys: [{ id: 'k', secret: '000102030405060708090a0b0c0d0e0f' }] } }
        """,
        """
        { delivery: { sizes: [], originals: 'signed' },
          limits: { outputSide: 1, outputPixels: 1 } }
        """,
        """
        { presets: { p: { size: '16383x16383', options: 'dpr=4&enlarge=1' } },
          limits: { outputSide: 16383 } }
        """,
    ]

    private struct Site {
        let policy: RenditionPolicy
        let gate: URLGate?
    }

    private static let sites: [Site] = configurations.map { text in
        do throws(ConfigurationError) {
            var configuration = Configuration()
            try configuration.apply(document: Array(text.utf8), source: "here")
            let keys = configuration.delivery.signingKeys.map {
                (id: $0.id.string, secret: $0.secret.bytes)
            }
            return Site(
                policy: configuration.spelling,
                gate: URLGate(
                    sizes: configuration.sizePolicy,
                    originalsAreSigned: configuration.delivery.originals == .signed,
                    keys: URLKeys(keys)))
        } catch { preconditionFailure("\(error)") }
    }

    /// A target under one of the configurations, by its first byte; up to two lines before it are
    /// hints. All that an edge does with it before it asks the cache.
    static func checkRequest(_ bytes: [UInt8]) {
        guard let choice = bytes.first else { return }
        let site = sites[Int(choice) % sites.count]
        var lines = bytes.dropFirst().split(
            separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
        guard let target = lines.popLast() else { return }
        guard let normal = try? NormalTarget(Array(target).span),
            let request = try? RenditionRequest.parse(
                target: normal.bare.span, policy: site.policy)
        else { return }
        let hints = lines.map { Array($0) }
        let (ratio, width) = (hints.first ?? [], hints.dropFirst().first ?? [])
        let recipe = ClientHints.apply(
            ratio: ratio.span, width: width.span, to: request.recipe, limits: site.policy.limits)
        check(request, at: site)
        check(request.hinted(recipe), at: site)
        for hasToken in [false, true] {
            let links = ImageAnswers.links(
                of: request.original, policy: site.policy, gate: site.gate, hasToken: hasToken,
                focus: FocalPoint(x: UInt16(choice) * 3, y: UInt16(target.count & 1023)))
            for link in links { checkLink(Array(link.utf8), at: site) }
        }
    }

    private static func check(_ request: RenditionRequest, at site: Site) {
        let canonical = request.canonicalTarget
        guard let again = try? RenditionRequest.parse(target: canonical.span, policy: site.policy),
            again.isCanonical, again.recipe == request.recipe
        else { preconditionFailure("\(String(decoding: canonical, as: UTF8.self)) is another") }
        var recipe = request.recipe
        if recipe.format == .negotiated { recipe.format = .explicit(.jpeg) }
        _ = RenditionKey(
            original: request.original, recipe: recipe, pipeline: PipelineVersion(value: 1),
            limits: site.policy.limits)
        guard let sealed = site.gate?.keys.sealing(canonical, expires: 9) else { return }
        checkLink(sealed, at: site)
    }

    /// What the edge itself says is open, as it stands.
    private static func checkLink(_ link: [UInt8], at site: Site) {
        guard !link.starts(with: "/originals/".utf8) else { return }
        let seal = URLSeal(in: link.span)
        let bare = seal?.withBare(of: link.span) { Array($0) } ?? link
        guard let request = try? RenditionRequest.parse(target: bare.span, policy: site.policy),
            request.isCanonical
        else { preconditionFailure("\(String(decoding: link, as: UTF8.self)) is no link") }
        let refusal = site.gate?.refusal(
            of: link.span, seal: seal, isOpen: site.gate?.isOpen(request.recipe) ?? true,
            now: { 0 })
        precondition(refusal == nil)
    }
}

extension [UInt8] {
    fileprivate init(_ span: Span<UInt8>) {
        self = span.indices.map { span[$0] }
    }
}
