package import Answers
internal import Coding
internal import Digest
internal import HTTP
package import HTTPServer
internal import ImageIndex
internal import Ingest
internal import Permission
internal import Rendition
internal import Text

/// Uploads that go on after they were cut off, by tus 1.0. They are begun where others are made,
/// `POST /images` and links, and have a URL of their own then, below `/uploads/`.
extension ImagesHandler {
    /// Whether it is spoken of in tus.
    var comesInPieces: Bool { exchange.value(ofField: "tus-resumable") != nil }

    /// What every answer about it says.
    package static let versionLine = TusRequest.versionLine

    /// What `OPTIONS` tells of it.
    package static func capabilities(_ services: ImageServices) -> [UInt8] {
        TusRequest.capabilities(byteLimit: services.settings.uploadByteLimit)
    }

    func beginPartial(_ grant: Grant) throws(ProblemAnswer) -> Response {
        try TusRequest.requireVersion(of: exchange)
        let byteCount = try TusRequest.number("upload-length", of: exchange)
        let fields = try describe(try openUpload())
        let upload = upload(fields, grant, name: fields.name)
        guard byteCount > 0 else { throw UploadError.empty.answer }
        guard byteCount <= byteLimit else {
            note(.tooLarge(limit: byteLimit), of: upload)
            throw UploadError.tooLarge(limit: byteLimit).answer
        }
        let quotas = services.permissions.quotas
        if let refusal = quotas.refusal(of: byteCount, from: exchange.peer, token: grant.token) {
            throw overQuota(refusal)
        }
        var record = PartialRecord(byteCount: byteCount, client: client(grant), expires: 0)
        (record.name, record.owner, record.tags) = (upload.name, upload.owner, upload.tags)
        // A `Content-Digest` here is that of no bytes.
        record.digest = try digest(.reprDigest)
        record.metadata = exchange.value(ofField: "upload-metadata")
        if link != nil {
            record.link = exchange.target
            record.secret = Hex.random(byteCount: 16)
        }
        let partial: PartialUpload
        do throws(PartialUploads.Refusal) {
            partial = try services.partial.begin(record, within: services.settings.partial)
        } catch { throw error.answer }
        let query = record.secret.map { "?signature=\($0)" } ?? ""
        return answer(
            .created, to: partial,
            ProblemAnswer.line(
                "Location", services.links.link("/uploads/\(partial.id)\(query)")))
    }

    /// What the client says beside the query: its own words for what we ask for.
    private func describe(_ fields: UploadFields) throws(ProblemAnswer) -> UploadFields {
        var fields = fields
        for (key, value) in try TusRequest.metadata(of: exchange) {
            let field: UTF8String = key == "filename" ? "name" : key
            let isSaid =
                switch field {
                case "name": fields.name != nil
                case "owner": fields.owner != nil || link != nil
                case "tags": link != nil
                default: true
                }
            guard !isSaid else { continue }
            let text = key == "filename" ? UploadFields.documentName(ofFile: value.string) : value
            do throws(UploadFields.Invalid) { try fields.set(field, text ?? "") } catch {
                throw ProblemAnswer(status: .badRequest, detail: error.detail)
            }
        }
        return fields
    }

    /// Whose share of what is kept an upload counts in.
    private func client(_ grant: Grant) -> String {
        if let link { return "link \(link.id)" }
        let bytes = grant.client(of: exchange)
        let digits = Hex.text(of: bytes.indices.map { bytes[$0] })
        return "\(grant.token == nil ? "address" : "token") \(digits)"
    }

    // MARK: What is under way

    /// `HEAD /uploads/<id>`: where it goes on.
    package func showPartial() async throws(ProblemAnswer) -> Response {
        let (partial, _, _) = try openPartial()
        if let hash = partial.kept {
            let owner = partial.record.owner
            let found = try await look { () throws(ImageIndexError) in
                try await services.index.image(hash, .any(preferring: owner))
            }
            guard case .present(let document) = found, document.owner == owner else {
                services.partial.giveUp(partial)
                throw .unknownPartial
            }
        }
        let offset: Int
        do throws(PartialUpload.Failure) { offset = try partial.offset() } catch {
            throw error.answer
        }
        let metadata = partial.record.metadata.map { ProblemAnswer.line("Upload-Metadata", $0) }
        return answer(.ok, to: partial, offset: offset, metadata ?? [])
    }

    /// `DELETE /uploads/<id>`.
    package func removePartial() async throws(ProblemAnswer) -> Response {
        let (partial, _, _) = try openPartial()
        try weighConditions()
        guard services.partial.remove(partial) else { throw PartialUpload.Failure.busy.answer }
        return respond(.noContent, TusRequest.versionLine)
    }

    /// `PATCH /uploads/<id>`: the next piece; with the last one the image is kept.
    package func takePiece() async throws(ProblemAnswer) -> Response {
        var handler = self
        let (partial, grant, link) = try openPartial()
        handler.link = link
        try weighConditions()
        guard exchange.value(of: .contentType) == "application/offset+octet-stream" else {
            throw ProblemAnswer(
                status: .unsupportedMediaType,
                detail: "A piece has the type application/offset+octet-stream.")
        }
        let offset = try TusRequest.number("upload-offset", of: exchange)
        let digest = try digest(.contentDigest)
        let meter = UploadMeter(services.permissions.quotas, exchange, token: grant.token)
        if let refusal = meter.refusalOfLength() { throw overQuota(refusal) }
        let turn: UInt64
        do throws(PartialUpload.Failure) { turn = try partial.begin(at: offset) } catch {
            throw error.answer
        }
        defer { partial.leave(turn: turn) }
        let isRight = try await handler.write(meter, to: partial, turn, expecting: digest)
        if !isRight {
            do throws(PartialUpload.Failure) {
                try partial.takeBack(to: offset, turn: turn)
            } catch { throw error.answer }
            throw UploadError.digestDiffers.answer
        }
        if partial.close(turn: turn) { return try await handler.finish(partial, grant) }
        do throws(PartialUpload.Failure) {
            return answer(.noContent, to: partial, offset: try partial.end(turn: turn))
        } catch { throw error.answer }
    }

    /// Whether what came is what was to come.
    private func write(
        _ meter: UploadMeter, to partial: PartialUpload, _ turn: UInt64,
        expecting digest: SHA256Digest?
    ) async throws(ProblemAnswer) -> Bool {
        var hasher = SHA256Hasher()
        while let chunk = try await next(meter) {
            do throws(PartialUpload.Failure) { try partial.append(chunk, turn: turn) } catch {
                throw error.answer
            }
            if digest != nil { hasher.update(chunk.span) }
        }
        let written = hasher.finish()
        return digest == nil || digest == written
    }

    private func next(_ meter: UploadMeter) async throws(ProblemAnswer) -> [UInt8]? {
        do throws(Exchange.BodyFailure) { return try await meter.nextChunk() } catch {
            if let refusal = meter.refusal { throw overQuota(refusal) }
            // What has come stays.
            throw UploadError.interrupted.answer
        }
    }

    private func finish(
        _ partial: PartialUpload, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        let record = partial.record
        var upload = self.upload(UploadFields(), grant, name: record.name)
        (upload.owner, upload.tags) = (record.owner, record.tags)
        upload.expectedDigests = record.digest.map { [$0] } ?? []
        do throws(UploadError) {
            let prepared = try await services.ingest.prepare(upload, of: partial)
            let outcome: Ingest.Outcome
            if let known = keptBefore(prepared, as: record) {
                outcome = .known(known)
            } else {
                outcome = try await keep(prepared, of: upload)
            }
            partial.settle()
            count(outcome)
            return answer(.noContent, to: partial, offset: record.byteCount)
        } catch {
            if !error.isPassing || !partial.reopen() { services.partial.giveUp(partial) }
            report(error, of: upload)
            throw error.answer
        }
    }

    /// Its document where the process ended between that and the answer: a link's use was counted
    /// then.
    private func keptBefore(
        _ prepared: PreparedUpload, as record: PartialRecord
    ) -> ImageDocument? {
        guard case .known(let document, _) = prepared, document.hash == record.hash,
            document.owner == record.owner
        else { return nil }
        return document
    }

    // MARK: Parts

    /// For whoever may go on with it: by the secret in its URL where a link began it, as long as
    /// there is the link's key, else by a token as the one that did.
    private func openPartial() throws(ProblemAnswer) -> (PartialUpload, Grant, UploadLink?) {
        try TusRequest.requireVersion(of: exchange)
        let path = exchange.target.fields(separatedBy: "?", maxSplits: 1, keepsEmpty: true)
        let query = try queryItems(known: ["signature"])
        let id = String(Substring(path[0].utf8.dropFirst("/uploads/".utf8.count)))
        guard let partial = services.partial.find(id) else { throw .unknownPartial }
        let record = partial.record
        guard let secret = record.secret else {
            let grant = try allow(.upload)
            guard grant.reaches(record.owner) else { throw .unknownPartial }
            return (partial, grant, nil)
        }
        let given = SHA256Digest(of: Array((query["signature"]?.string ?? "").utf8))
        guard given.isEqualInConstantTime(to: SHA256Digest(of: Array(secret.utf8)))
        else { throw .unknownPartial }
        // That it has ended since is no hindrance.
        guard let keys = services.permissions.gate?.keys,
            let link = try? UploadLink(opening: record.link ?? "", by: keys, now: .min)
        else { throw ProblemAnswer(URLGate.Refusal.badSignature) }
        return (partial, Grant(record.owner), link)
    }

    private func answer(
        _ status: Status, to partial: PartialUpload, offset: Int? = nil, _ more: [UInt8] = []
    ) -> Response {
        let record = partial.record
        var lines = OutputBuffer()
        lines.append(more.span)
        if let offset {
            lines.append(ProblemAnswer.line("Upload-Offset", String(offset)).span)
            lines.append(ProblemAnswer.line("Upload-Length", String(record.byteCount)).span)
        }
        lines.append("Upload-Expires: ")
        lines.append(HTTPDate(secondsSince1970: record.expires))
        lines.append("\r\n")
        if let hash = partial.kept {
            lines.append(ProblemAnswer.line("Content-Location", "/images/\(hash.hex)").span)
        }
        return respond(status, TusRequest.versionLine + lines.copy())
    }

    private func respond(_ status: Status, _ lines: [UInt8]) -> Response {
        Response(
            status: status,
            fields: lines + ProblemAnswer.line("Cache-Control", "no-store") + fields.index,
            account: account)
    }
}
