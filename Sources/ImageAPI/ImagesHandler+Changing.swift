package import Answers
internal import HTTP
package import HTTPServer
internal import ImageIndex
internal import Ingest
package import Permission
package import Rendition
internal import Text

/// `PATCH /images/<hash>`.
extension ImagesHandler {
    package func change(
        _ hash: ContentHash, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        _ = try queryItems(known: [])
        let patch = try await patchDocument(grant)
        let expected = try expectation(of: try await present(hash, grant))
        let outcome: PatchOutcome
        do throws(ImageIndexError) {
            outcome = try await services.index.patch(
                hash, patch, expecting: expected, grant.choice)
        } catch {
            throw ProblemAnswer(tooLong: error, status: .unprocessableContent)
        }
        switch outcome {
        // Who may not read is not told what a `GET` would refuse.
        case .patched where !mayRead: return json(.noContent, [], [])
        case .patched(let document):
            let shown = try await self.shown(document, grant)
            var lines = OutputBuffer()
            lines.appendField("ETag", shown.etag.span)
            return json(.ok, lines.copy(), shown.json)
        case .changed: throw .preconditionFailed
        case .taken:
            throw ProblemAnswer(
                status: .conflict, detail: "That owner has an entry of these bytes already.")
        case .absent(let lookup): throw ProblemAnswer(lookup)
        }
    }

    private func patchDocument(_ grant: Grant) async throws(ProblemAnswer) -> ImagePatch {
        guard hasPatchType else {
            let accepted = PatchDocument.mediaTypes.map(\.string).joined(separator: ", ")
            throw ProblemAnswer(
                status: .unsupportedMediaType, detail: "A patch is of type \(accepted).",
                fieldLines: ProblemAnswer.line("Accept-Patch", accepted))
        }
        let body = try await body(atMost: PatchDocument.maximumByteCount)
        let patch: ImagePatch
        do throws(PatchDocument.Invalid) { patch = try PatchDocument(body).patch } catch {
            throw error.answer
        }
        if patch.owner != .keep, grant.isBound {
            throw ProblemAnswer(
                status: .forbidden, detail: "The token does not allow to change the owner.")
        }
        return patch
    }

    /// Whatever parameters the type has.
    private var hasPatchType: Bool {
        guard let value = exchange.value(of: .contentType) else { return false }
        let type = value[..<(value.firstPlace(of: ";") ?? value.endIndex)].withoutOuterBlanks
        return PatchDocument.mediaTypes.contains(UTF8String(type).lowercased)
    }

    func body(atMost limit: Int) async throws(ProblemAnswer) -> [UInt8] {
        var body: [UInt8] = []
        do {
            while let chunk = try await exchange.nextChunk() {
                body += chunk
                guard body.count <= limit else { break }
            }
        } catch {
            throw UploadError.interrupted.answer
        }
        guard body.count <= limit else {
            throw ProblemAnswer(
                status: .contentTooLarge, detail: "This body may have \(limit) bytes at most.")
        }
        return body
    }
}
