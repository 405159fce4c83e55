internal import Answers
internal import COpenAPI
internal import HTTP
internal import HTTPServer

/// `/openapi.json`, the interface in words for programs (OpenAPI 3.1). It comes with the program.
enum OpenAPIDocument {
    private static let content: [UInt8] = {
        var count = 0
        let start = unsafe COpenAPI_document(&count)
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }()

    private static let etag = EntityTagText.strong(of: content)

    static func respond(
        to head: RequestHead, in bytes: Span<UInt8>, fields: DeliveryFields,
        account: LoopAccount
    ) -> Response {
        var lines = OutputBuffer()
        lines.appendField("ETag", etag.span)
        lines.appendField("Cache-Control", "public, max-age=3600")
        lines.append(fields.index)
        switch Preconditions.evaluate(head, in: bytes, etag: etag.span, lastModified: nil) {
        case .proceed:
            lines.appendField("Content-Type", "application/json")
            return Response(
                status: .ok, fields: lines.copy(), content: .bytes(content), account: account)
        case .notModified:
            return Response(
                status: .notModified, fields: lines.copy(), content: .bytes([]), account: account)
        case .failed:
            return ProblemAnswer.preconditionFailed.response(
                fieldLines: fields.indexProblem, account: account)
        }
    }
}
