internal import Answers
internal import HTTP
internal import HTTPServer

/// A file that comes with the program, as it is answered.
struct BuiltInFile: Sendable {
    private let content: [UInt8]
    private let etag: [UInt8]
    private let type: [UInt8]
    /// Whole lines, of every answer.
    private let fieldLines: [UInt8]

    init(_ content: [UInt8], type: [UInt8], fieldLines: [UInt8]) {
        (self.content, self.type, self.fieldLines) = (content, type, fieldLines)
        etag = EntityTagText.strong(of: content)
    }

    func respond(
        to head: RequestHead, in bytes: Span<UInt8>, fields: DeliveryFields,
        account: LoopAccount
    ) -> Response {
        var lines = OutputBuffer()
        lines.appendField("ETag", etag.span)
        lines.append(fieldLines.span)
        lines.append(fields.index)
        switch Preconditions.evaluate(head, in: bytes, etag: etag.span, lastModified: nil) {
        case .proceed:
            lines.appendField("Content-Type", type.span)
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
