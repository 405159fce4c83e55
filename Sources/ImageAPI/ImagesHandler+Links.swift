package import Answers
internal import Coding
internal import HTTP
package import HTTPServer
internal import ImageIndex
internal import Ingest
internal import JSON
internal import LinuxIO
package import Permission
internal import Rendition
internal import Text

/// Upload links: made by who may upload, used by whoever has them.
extension ImagesHandler {
    /// `POST /uploads`.
    package func makeLink(_ grant: Grant) async throws(ProblemAnswer) -> Response {
        let body = try await body(atMost: UploadLinkRequest.maximumByteCount)
        let request = try UploadLinkRequest(body)
        try weighConditions()
        guard grant.reaches(request.owner ?? grant.realm) else {
            throw ProblemAnswer(
                status: .forbidden, detail: "The token does not allow to name another owner.")
        }
        var link = UploadLink(expires: Clock.wallSeconds() + Int64(request.seconds))
        (link.byteLimit, link.count) = (request.byteLimit, request.count)
        (link.types, link.tags) = (request.types, request.tags)
        link.owner = grant.realm ?? request.owner ?? grant.owner
        guard let keys = services.permissions.gate?.keys, let url = link.sealed(by: keys) else {
            throw ProblemAnswer(
                status: .forbidden,
                detail: "There is no key in delivery.signingKeys to sign links with.")
        }
        return json(.created) { json in
            json.beginObject()
            json.field("id", link.id)
            json.field("url", services.links.link(url))
            json.key("expires")
            json.timestamp(microseconds: UInt64(clamping: link.expires) * 1_000_000)
            json.endObject()
        }
    }

    /// `PUT` and `POST /uploads/<id>?…`: one picture as it is, or a form.
    package func uploadByLink() async throws(ProblemAnswer) -> Response {
        guard let keys = services.permissions.gate?.keys else { throw .unknownPath }
        var handler = self
        do throws(UploadLink.Refusal) {
            handler.link = try UploadLink(
                opening: exchange.target, by: keys, now: Clock.wallSeconds())
        } catch {
            throw ProblemAnswer(error == .expired ? URLGate.Refusal.expired : .badSignature)
        }
        guard let link = handler.link else { throw .unknownPath }
        // Before the body is asked for; what counts is what is found when it has come.
        if let count = link.count {
            let used = try await look { () throws(ImageIndexError) in
                try await services.index.uses(ofLink: link.mark)
            }
            guard used < count else { throw UploadError.usedUp.answer }
        }
        return try await handler.post(Grant(link.owner))
    }

    /// Keeps an upload, within the bounds of the link if it came by one.
    func keep(
        _ prepared: PreparedUpload, of upload: Ingest.Upload
    ) async throws(UploadError) -> Ingest.Outcome {
        guard let link else { return try await services.ingest.keep(prepared, of: upload) }
        guard link.types.isEmpty || link.types.contains(prepared.mediaType)
        else { throw .otherType(accepted: link.types) }
        guard let count = link.count else {
            return try await services.ingest.keep(prepared, of: upload)
        }
        let isUse: Bool
        do throws(ImageIndexError) {
            isUse = try await services.index.use(
                link: link.mark, atMost: count, now: Clock.wallSeconds())
        } catch { throw UploadError(error) }
        guard isUse else { throw .usedUp }
        do throws(UploadError) {
            return try await services.ingest.keep(prepared, of: upload)
        } catch {
            // Nothing was kept: the use is still to come.
            try? await services.index.giveBack(link: link.mark)
            throw error
        }
    }
}

extension UploadLink {
    /// By which its uses are counted: when it ends, then its id.
    var mark: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: expires >> (56 - 8 * $0)) } + Array(id.utf8)
    }
}
