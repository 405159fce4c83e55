package import Answers
internal import Digest
internal import HTTP
package import HTTPServer
internal import ImageIndex
internal import Ingest
internal import JSON
internal import LinuxIO
package import Permission
internal import Rendering
package import Rendition
internal import Telemetry
internal import Text

extension ImagesHandler {
    /// `POST /images`: an image as it is, or a form with some.
    package func post(_ grant: Grant) async throws(ProblemAnswer) -> Response {
        if comesInPieces { return try beginPartial(grant) }
        let headBytes = exchange.headBytes
        guard let place = exchange.head[.contentType] else {
            return try await upload(expecting: nil, grant)
        }
        switch FormContentType(headBytes.span.extracting(place.range)) {
        case .other: return try await upload(expecting: nil, grant)
        case .multipart(let boundary): return try await uploadForm(boundary, grant)
        case .malformed:
            throw ProblemAnswer(
                status: .badRequest, detail: "The form's Content-Type has no valid boundary.")
        }
    }

    /// `PUT /originals/<hash>`.
    package func put(
        _ hash: ContentHash, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        try await upload(expecting: hash, grant)
    }

    /// A raw body, of this hash if one is named.
    private func upload(
        expecting hash: ContentHash?, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        let fields = try openUpload()
        var upload = self.upload(fields, grant, name: fields.name)
        let meter = try openMeter(limit: byteLimit, grant, upload)
        upload.expectedHash = hash
        if let hash { upload.expected = try await expectationOfOriginal(hash) }
        upload.expectedDigests = try expectedDigests()
        do throws(UploadError) {
            let prepared = try await services.ingest.prepare(upload) {
                try await meter.nextChunk()
            }
            let outcome = try await keep(prepared, of: upload)
            count(outcome)
            return answer(outcome, grant)
        } catch {
            if let refusal = meter.refusal { throw overQuota(refusal) }
            report(error, of: upload)
            throw explained(error)
        }
    }

    /// `curl -d @file` drops line ends on the way, and says by its type that it does.
    private func explained(_ error: UploadError) -> ProblemAnswer {
        let answer = error.answer
        guard case .refused = error,
            exchange.value(of: .contentType)?.lowercased() == "application/x-www-form-urlencoded"
        else { return answer }
        return ProblemAnswer(
            status: answer.status,
            detail: answer.detail
                + "; it came as a form's text, as curl -d sends it, which changes pictures: "
                + "use curl --data-binary @FILE",
            fieldLines: answer.fieldLines, cacheControl: answer.cacheControl)
    }

    // MARK: Parts of both ways

    /// What the query says of the images.
    func openUpload() throws(ProblemAnswer) -> UploadFields {
        if link != nil || exchange.head.method == .post { try weighConditions() }
        var fields = UploadFields()
        if let link {
            // All else that the URL says is the link's.
            guard let name = link.name else { return fields }
            do throws(UploadFields.Invalid) { try fields.set("name", name) } catch {
                throw ProblemAnswer(status: .badRequest, detail: error.detail)
            }
            return fields
        }
        for item in try queryItems(known: UploadFields.names).items {
            do throws(UploadFields.Invalid) { try fields.set(item.name, item.value) } catch {
                throw ProblemAnswer(status: .badRequest, detail: error.detail)
            }
        }
        return fields
    }

    /// For a body of at most so many bytes: refused before it is asked for, where it says its
    /// length.
    func openMeter(
        limit: Int, _ grant: Grant, _ upload: Ingest.Upload
    ) throws(ProblemAnswer) -> UploadMeter {
        if case .length(let count) = exchange.head.framing, count > UInt64(limit) {
            note(.tooLarge(limit: limit), of: upload)
            throw UploadError.tooLarge(limit: limit).answer
        }
        let meter = UploadMeter(services.permissions.quotas, exchange, token: grant.token)
        if let refusal = meter.refusalOfLength() { throw overQuota(refusal) }
        return meter
    }

    /// Of one picture.
    var byteLimit: Int {
        min(services.settings.uploadByteLimit, link?.byteLimit ?? .max)
    }

    func upload(_ fields: UploadFields, _ grant: Grant, name: UTF8String?) -> Ingest.Upload {
        var upload = Ingest.Upload(byteLimit: byteLimit)
        upload.name = name
        upload.owner = grant.realm ?? fields.owner ?? grant.owner
        upload.tags = fields.tags
        if let link {
            // Whatever a form says.
            (upload.owner, upload.tags) = (link.owner, link.tags)
            upload.attributes = ["uploadLink": UTF8String(link.id)]
        }
        upload.client = grant.client(of: exchange)
        upload.requestID = RequestIdentity.text(account.requestID)
        return upload
    }

    /// Of the body as it comes (RFC 9530).
    func expectedDigests() throws(ProblemAnswer) -> [SHA256Digest] {
        [try digest(.contentDigest), try digest(.reprDigest)].compactMap(\.self)
    }

    func digest(_ field: KnownField) throws(ProblemAnswer) -> SHA256Digest? {
        let headBytes = exchange.headBytes
        switch DigestField(field, of: exchange.head, in: headBytes.span) {
        case .absent: return nil
        case .malformed:
            throw ProblemAnswer(status: .badRequest, detail: "A digest field is malformed.")
        case .sha256(let bytes): return SHA256Digest(bytes: bytes)
        }
    }

    func count(_ outcome: Ingest.Outcome) {
        switch outcome {
        case .created: services.desk.metrics.count(.uploadsCreated)
        case .known: services.desk.metrics.count(.uploadsKnown)
        }
    }

    /// Of a picture that was refused the log says whose it was and why.
    func report(_ error: UploadError, of upload: Ingest.Upload) {
        services.desk.metrics.count(error.counter)
        note(error, of: upload)
        guard case .refused(let hash, let verdict) = error else { return }
        services.events.log(.info, "upload-refused") { json in
            json.field("hash", hash.hex)
            upload.origin.append(to: &json)
            json.field("reason", verdict.detail)
        }
    }

    /// For `GET /refusals`.
    func note(_ error: UploadError, of upload: Ingest.Upload) {
        services.refused.append(
            .init(error, of: upload.origin, at: Clock.wallMicroseconds()))
    }

    /// The document of an upload. What was said of the same bytes before is not for who may not
    /// read.
    func shown(_ outcome: Ingest.Outcome) -> ImageDocument {
        switch outcome {
        case .created(let document): return document
        case .known(var document):
            guard !mayRead else { return document }
            (document.name, document.tags, document.attributes) = (nil, [], [:])
            return document
        }
    }

    /// Of one upload.
    func answer(_ outcome: Ingest.Outcome, _ grant: Grant) -> Response {
        let document = shown(outcome)
        let location = ProblemAnswer.line(
            "Location", services.links.link("/images/\(document.hash.hex)"))
        return json(outcome.status, location) { json in
            ImageJSON.append(document, renditions: nil, links: links(for: grant), to: &json)
        }
    }
}

extension Ingest.Outcome {
    var status: Status {
        switch self {
        case .created: .created
        case .known: .ok
        }
    }
}
