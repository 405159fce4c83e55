package import HTTP
package import HTTPServer
package import Rendering
package import Rendition
internal import Telemetry

/// An error as the client gets it: a problem document (RFC 9457) and its fields.
package struct ProblemAnswer: Error {
    package let status: Status
    package let detail: String
    /// Whole field lines besides those every problem has.
    package var fieldLines: [UInt8] = []
    /// Errors are not kept for long: a 404 may be an upload that is still on its way.
    package var cacheControl: StaticString = "no-store"
    /// A further member of the document: its name, and its value as JSON.
    package var extra: (name: String, json: [UInt8])?

    package init(
        status: Status, detail: String, fieldLines: [UInt8] = [],
        cacheControl: StaticString = "no-store"
    ) {
        self.status = status
        self.detail = detail
        self.fieldLines = fieldLines
        self.cacheControl = cacheControl
    }

    /// - Parameters:
    ///   - instance: the target of the request, signatures and tokens in it are not shown.
    ///   - fieldLines: those of an answer on its route to the request's origin.
    package func response(
        instance: String? = nil, fieldLines common: [UInt8], account: LoopAccount?
    ) -> Response {
        let id = RequestIdentity.text(account.map(\.requestID) ?? RequestIdentity.make())
        var problem = Problem(
            status: status, detail: detail,
            instance: instance.map { ShownTarget.text(of: Array($0.utf8)) }, requestID: id)
        problem.extra = extra
        var body = OutputBuffer()
        problem.append(to: &body)
        var lines = OutputBuffer()
        lines.appendField("Content-Type", Problem.contentType)
        lines.appendField("Cache-Control", cacheControl)
        lines.appendField("X-Request-Id", Array(id.utf8).span)
        lines.append(common.span)
        lines.append(fieldLines.span)
        return Response(
            status: status, fields: lines.copy(), content: .bytes(body.copy()),
            account: account?.settled(reason: detail))
    }
}

extension ProblemAnswer {
    package static let preconditionFailed = ProblemAnswer(
        status: .preconditionFailed, detail: "A condition of the request does not hold.")

    package static let unknownImage = ProblemAnswer(
        status: .notFound, detail: "No image with this hash was uploaded here.",
        cacheControl: "max-age=10")

    /// Not to be kept: a cache that puts paths in order before it looks one up would have it in the
    /// place of an image.
    package static let unknownPath = ProblemAnswer(
        status: .notFound, detail: "There is nothing at this path.")

    package static let deleted = ProblemAnswer(
        status: .gone, detail: "This image was deleted.", cacheControl: "max-age=60")

    package static let blocked = ProblemAnswer(
        status: .unavailableForLegalReasons, detail: "This image is blocked here.",
        cacheControl: "max-age=60")

    package static let unauthorized = ProblemAnswer(
        status: .unauthorized,
        detail: """
            This needs a token: Authorization: Bearer <token>. (auto is open only to requests made \
            on this machine, straight to localhost.)
            """,
        fieldLines: line("WWW-Authenticate", "Bearer"))

    package static func forbidden(lacking scope: String) -> ProblemAnswer {
        ProblemAnswer(
            status: .forbidden,
            detail: "The token does not allow this: it lacks the scope \(scope).")
    }

    package static let foreignPage = ProblemAnswer(
        status: .forbidden,
        detail: "A page of another origin needs a token, or its origin in cors.origins.")

    package static let storageFull = ProblemAnswer(
        status: .insufficientStorage, detail: "There is no room left; nothing was kept.")

    package static let storageFailing = ProblemAnswer(RenditionFailure.originalUnreadable)

    /// Not 404: it is not known whether there is such an image.
    package static let indexAway = ProblemAnswer(
        status: .serviceUnavailable,
        detail: "The index that the edges share can not be asked just now.",
        fieldLines: line("Retry-After", "2"))

    package static let malformedHash = ProblemAnswer(
        status: .badRequest, detail: "A hash is 64 lower-case hex digits, a SHA-256.")

    package static func unsatisfiable(byteCount: Int) -> ProblemAnswer {
        var lines = OutputBuffer()
        lines.appendContentRange(unsatisfiedOf: byteCount)
        return ProblemAnswer(
            status: .rangeNotSatisfiable, detail: "The content has \(byteCount) bytes.",
            fieldLines: lines.copy())
    }

    package static func methodNotAllowed(_ allowed: MethodSet) -> ProblemAnswer {
        var buffer = OutputBuffer()
        buffer.appendField("Allow", allowed)
        let lines = buffer.copy()
        return ProblemAnswer(
            status: .methodNotAllowed, detail: "This resource does not take the method.",
            fieldLines: lines)
    }

    package static func overloaded(retryAfterSeconds: Int) -> ProblemAnswer {
        ProblemAnswer(RenditionFailure.overloaded(retryAfterSeconds: retryAfterSeconds))
    }

    package static func overQuota(retryAfterSeconds: Int) -> ProblemAnswer {
        ProblemAnswer(
            status: .tooManyRequests, detail: "This is more than one client may have.",
            fieldLines: line("Retry-After", String(retryAfterSeconds)))
    }

    package static let methodUnknown = ProblemAnswer(
        status: .notImplemented, detail: "This method is not known here.")

    package static func line(_ name: StaticString, _ value: String) -> [UInt8] {
        var lines = OutputBuffer()
        lines.appendField(name, Array(value.utf8).span)
        return lines.copy()
    }

    package init(_ failure: RenditionFailure) {
        switch failure {
        case .refused(_, let isUnsupportedType):
            self.init(
                status: isUnsupportedType ? .unsupportedMediaType : .unprocessableContent,
                detail: failure.detail, cacheControl: "max-age=60")
        case .overloaded(let seconds): self.init(later: failure, retryAfterSeconds: seconds)
        case .timedOut: self.init(later: failure, retryAfterSeconds: 10)
        case .workerLost, .abandoned: self.init(later: failure, retryAfterSeconds: 1)
        case .originalUnreadable: self.init(later: failure, retryAfterSeconds: 5)
        case .originalAway: self.init(later: failure, retryAfterSeconds: 2)
        }
    }

    private init(later failure: RenditionFailure, retryAfterSeconds: Int) {
        self.init(
            status: .serviceUnavailable, detail: failure.detail,
            fieldLines: Self.line("Retry-After", String(retryAfterSeconds)))
    }

    package init(_ refusal: URLGate.Refusal) {
        switch refusal {
        case .unsigned:
            self.init(status: .forbidden, detail: "This needs a signed URL.")
        case .badSignature:
            self.init(status: .forbidden, detail: "The signature does not fit this URL.")
        case .expired:
            self.init(status: .gone, detail: "This link has expired.", cacheControl: "max-age=60")
        }
    }
}
