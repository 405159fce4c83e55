package import Answers
internal import HTTP
package import HTTPServer
internal import ImageIndex
internal import JSON
package import Permission
package import Rendition
internal import Text

/// What administrators may ask for of one image.
extension ImagesHandler {
    /// `GET /images/<hash>/link?target=`: the URL under which a rendition is answered, canonical
    /// and signed where it has to be.
    package func link(
        to hash: ContentHash, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        guard let target = try queryItems(known: ["target"])["target"] else {
            throw ProblemAnswer(
                status: .badRequest, detail: "The parameter target must be a rendition's path.")
        }
        let asked: RenditionRequest
        let bytes = Array(target.string.utf8)
        do throws(RenditionRequest.Invalid) {
            asked = try RenditionRequest.parse(target: bytes.span, policy: services.links.policy)
        } catch {
            throw ProblemAnswer(status: .badRequest, detail: error.detail)
        }
        guard asked.original == hash else {
            throw ProblemAnswer(
                status: .badRequest, detail: "The parameter target is of another image.")
        }
        guard let url = links(for: grant).url(madeFor: asked.canonicalTarget) else {
            throw ProblemAnswer(
                status: .forbidden,
                detail: "It needs a signature, which is given to who comes with a token, where "
                    + "delivery.signingKeys has a key.")
        }
        return json(.ok) { json in
            json.beginObject()
            json.field("url", url)
            json.endObject()
        }
    }

    /// `POST /images/<hash>/purge`.
    package func purge(
        _ hash: ContentHash, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        _ = try queryItems(known: [])
        try weighConditions()
        let purge = Purge(of: hash, desk: services.desk, index: services.index)
        return json(
            .ok, [], try await look { () async throws(ImageIndexError) in try await purge.run() })
    }
}
