internal import Answers
internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import JSON
internal import Permission
internal import Rendition
internal import Text

/// `If-Match`, `If-None-Match` and `If-Unmodified-Since` of requests that change something (RFC
/// 9110 §13.1). They are weighed against what is there; that nobody changes it between then and
/// the commit is seen to by the index, which is told what was found (`Expectation`).
extension ImagesHandler {
    private var isConditional: Bool {
        let head = exchange.head
        return head[.ifMatch] != nil || head[.ifNoneMatch] != nil
            || head[.ifUnmodifiedSince] != nil
    }

    /// What a change of the document was made for; `nil`: whatever is there.
    ///
    /// When it was changed last is not known, but not before it was uploaded.
    func expectation(of document: ImageDocument) throws(ProblemAnswer) -> Expectation? {
        guard isConditional else { return nil }
        let tag = DocumentTag(document)
        try weigh(etag: tag.bytes, uploadedAt: document.uploadedAt, stem: DocumentTag.stem)
        return .entry(document)
    }

    /// The same of an image that may be there or not.
    func expectation(
        of hash: ContentHash, _ grant: Grant
    ) async throws(ProblemAnswer) -> Expectation? {
        guard isConditional else { return nil }
        let found = try await look { () throws(ImageIndexError) in
            try await services.index.image(hash, grant.choice)
        }
        switch found {
        case .present(let document): return try expectation(of: document)
        // Answered as without a condition (RFC 9110 §13.2.1).
        case .unknown: return nil
        case .deleted, .blocked: return try expectationOfAbsence()
        }
    }

    /// Of the bytes themselves, whoever uploaded them.
    func expectationOfOriginal(_ hash: ContentHash) async throws(ProblemAnswer) -> Expectation? {
        guard isConditional else { return nil }
        let found = try await look { () throws(ImageIndexError) in
            try await services.index.image(hash)
        }
        guard case .present(let document) = found else { return try expectationOfAbsence() }
        try weigh(etag: Array("\"\(hash.hex)\"".utf8), uploadedAt: document.uploadedAt)
        return .present
    }

    /// Of what is there and has no validator of its own: the collection, what makes links or drops
    /// renditions, an upload under way.
    func weighConditions() throws(ProblemAnswer) {
        if isConditional { try weigh(etag: [], uploadedAt: nil) }
    }

    private func expectationOfAbsence() throws(ProblemAnswer) -> Expectation? {
        guard Preconditions.evaluateAbsent(exchange.head) == .proceed
        else { throw .preconditionFailed }
        return .absent
    }

    private func weigh(
        etag: [UInt8], uploadedAt: Int64?, stem: Int? = nil
    ) throws(ProblemAnswer) {
        let headBytes = exchange.headBytes
        let outcome = Preconditions.evaluate(
            exchange.head, in: headBytes.span, etag: etag.span,
            lastModified: uploadedAt.map { HTTPDate(secondsSince1970: $0 / 1_000_000) },
            stem: stem)
        guard outcome == .proceed else { throw .preconditionFailed }
    }
}

/// The entity tag of an image document, in two parts: what of it clients can change, and all else
/// that it says but its renditions.
///
/// A change is made for the first part (`If-Match`); that the edge has since found an image ready
/// spoils nobody's change. A copy is good as long as both are the same. Renditions come and go with
/// what is looked at, without anybody changing the image, and are in neither part; so the tag is
/// strong in form, for `If-Match` needs that, and equal tags promise the same document but for
/// that list. The index has no ranges, for which more would be needed.
struct DocumentTag {
    /// Quote and first part.
    static let stem = 1 + 32
    let bytes: [UInt8]

    /// - Parameter rendered: the document as it is shown, without renditions.
    init(_ document: ImageDocument, rendered: [UInt8] = []) {
        let first = EntityTagText.digits(of: Self.changeable(document))
        let second = EntityTagText.digits(of: rendered).prefix(16)
        bytes = Array("\"\(first).\(second)\"".utf8)
    }

    private static func changeable(_ document: ImageDocument) -> [UInt8] {
        let words = document.changeable
        var json = JSONWriter()
        json.beginArray()
        json.string(document.hash.hex)
        json.string("\(words.uploadedAt)")
        for text in [words.name, words.owner] {
            if let text { json.string(text.string) } else { json.null() }
        }
        json.beginArray()
        for tag in words.tags { json.string(tag.string) }
        json.endArray()
        json.beginObject()
        for (key, value) in words.attributes.sorted(by: { $0.key < $1.key }) {
            json.field(key.string, value.string)
        }
        json.endObject()
        if let focus = words.focus { json.string("\(focus.x),\(focus.y)") } else { json.null() }
        json.endArray()
        return json.finish()
    }
}
