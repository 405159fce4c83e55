package import Answers
internal import HTTP
package import HTTPServer
package import ImageIndex
internal import JSON
package import Permission
internal import Rendering
package import Rendition
internal import RenditionCache
internal import Text

/// The index: one image, lists of them, and what looks like one.
extension ImagesHandler {
    package func show(
        _ hash: ContentHash, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        _ = try queryItems(known: [])
        let document = try await present(hash, grant)
        let shown = try await shown(document, grant)
        return respond(with: shown.json, etag: shown.etag)
    }

    /// An image document as clients get it, and its entity tag.
    struct Shown {
        let json: [UInt8]
        let etag: [UInt8]

        init(
            _ document: ImageDocument, owners: [UTF8String?], _ renditions: ListedRenditions,
            _ links: LinkMaker
        ) {
            func text(_ renditions: ListedRenditions?) -> [UInt8] {
                var writer = JSONWriter()
                ImageJSON.append(
                    document, owners: owners, renditions: renditions, links: links, to: &writer)
                return writer.finish()
            }
            json = text(renditions)
            etag = DocumentTag(document, rendered: text(nil)).bytes
        }
    }

    func shown(_ document: ImageDocument, _ grant: Grant) async throws(ProblemAnswer) -> Shown {
        var document = document
        let hash = document.hash
        if document.status == .failed, document.failedPreset == nil {
            let verdict = try await look { () throws(ImageIndexError) in
                try await services.index.verdict(for: hash, pipeline: services.desk.pipeline)
            }
            // Other codecs said so; these have not been asked yet.
            if verdict == nil { (document.status, document.error) = (.ready, nil) }
        }
        let links = links(for: grant)
        let renditions = ListedRenditions(await services.desk.cache.list(original: hash), links)
        // Who is bound to an owner is not told of others.
        let owners =
            grant.isBound
            ? []
            : try await look { () throws(ImageIndexError) in
                try await services.index.owners(of: hash)
            }
        return Shown(document, owners: owners, renditions, links)
    }

    /// A 200, or what the request's conditions make of it.
    func respond(
        with document: [UInt8], etag: [UInt8], _ extraLines: [UInt8] = []
    ) -> Response {
        var lines = OutputBuffer()
        lines.appendField("ETag", etag.span)
        lines.append(extraLines.span)
        let headBytes = exchange.headBytes
        switch Preconditions.evaluate(
            exchange.head, in: headBytes.span, etag: etag.span, lastModified: nil)
        {
        case .proceed: return json(.ok, lines.copy(), document)
        case .notModified: return json(.notModified, lines.copy(), [])
        case .failed:
            return ProblemAnswer.preconditionFailed.response(
                instance: exchange.target,
                fieldLines: fields.indexProblem,
                account: account)
        }
    }

    /// The same of a page, whose entity tag is of all of its bytes.
    private func respond(
        with lines: [UInt8] = [], _ body: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter()
        body(&writer)
        let page = writer.finish()
        return respond(with: page, etag: EntityTagText.strong(of: page), lines)
    }

    /// An image that the client may see. Those of others are not there for him.
    func present(
        _ hash: ContentHash, _ grant: Grant
    ) async throws(ProblemAnswer) -> ImageDocument {
        let found = try await look { () throws(ImageIndexError) in
            try await services.index.image(hash, grant.choice)
        }
        guard case .present(let document) = found else { throw ProblemAnswer(found) }
        return document
    }

    package func list(_ grant: Grant) async throws(ProblemAnswer) -> Response {
        let items = try queryItems(known: ImageListing.parameters)
        var listing: ImageListing
        do throws(ImageListing.Invalid) { listing = try ImageListing(items) } catch {
            throw ProblemAnswer(status: .badRequest, detail: error.detail)
        }
        let isOthers = !grant.reaches(listing.query.owner ?? grant.realm)
        if let realm = grant.realm { listing.query.owner = realm }
        let (query, limit, cursor) = (listing.query, listing.limit, listing.cursor)
        var page = ImagePage()
        if !isOthers {
            page = try await look { () throws(ImageIndexError) in
                try await services.index.list(query, limit: limit, after: cursor)
            }
        }
        // Counted without looking at any, as long as all are meant.
        let total =
            query == ImageQuery()
            ? try await look { () throws(ImageIndexError) in
                try await services.index.counts().entries
            } : nil
        var lines: [UInt8] = []
        if let next = page.next {
            lines = ProblemAnswer.line("Link", "<\(listing.target(after: next))>; rel=\"next\"")
        }
        return respond(with: lines) { json in
            json.beginObject()
            json.key("images")
            json.beginArray()
            for image in page.images {
                ImageJSON.append(image, renditions: nil, links: links(for: grant), to: &json)
            }
            json.endArray()
            json.key("next")
            if let next = page.next { json.string(next.text) } else { json.null() }
            json.key("total")
            if let total { json.number(UInt64(total)) } else { json.null() }
            json.endObject()
        }
    }

    /// `GET /images/<hash>/similar`.
    package func listSimilar(
        to hash: ContentHash, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        let items = try queryItems(known: ["limit", "distance"])
        let limit = try number("limit", items, in: 1...100, else: 20)
        let distance = try number("distance", items, in: SimilarityQuery.distances, else: 8)
        let image = try await present(hash, grant)
        var found = SimilarImages()
        if let perceptualHash = image.perceptualHash {
            // The image itself is always among them.
            let query = SimilarityQuery(
                perceptualHash: perceptualHash, distance: distance, limit: limit + 1,
                owner: grant.realm)
            found = try await look { () throws(ImageIndexError) in
                try await services.index.similar(to: query)
            }
        }
        let others = found.matches.filter { $0.document.hash != hash }.prefix(limit)
        return respond { json in
            json.beginObject()
            json.key("images")
            json.beginArray()
            for match in others {
                json.beginObject()
                json.field("distance", match.distance)
                json.key("image")
                ImageJSON.append(
                    match.document, renditions: nil, links: links(for: grant), to: &json)
                json.endObject()
            }
            json.endArray()
            json.field("isCut", found.isCut)
            json.endObject()
        }
    }

    func number(
        _ name: UTF8String, _ items: QueryItems, in range: ClosedRange<Int>, else standard: Int
    ) throws(ProblemAnswer) -> Int {
        guard let text = items[name] else { return standard }
        guard let number = DecimalNumber.parse(text.string), range.contains(number) else {
            throw ProblemAnswer(
                status: .badRequest,
                detail: "The parameter \(name) must be a number from \(range.lowerBound) to "
                    + "\(range.upperBound).")
        }
        return number
    }
}

extension ProblemAnswer {
    /// Why an image is not there.
    package init(_ absent: ImageLookup) {
        switch absent {
        case .deleted: self = .deleted
        case .blocked: self = .blocked
        case .unknown, .present: self = .unknownImage
        }
    }
}
