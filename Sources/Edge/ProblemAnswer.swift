internal import HTTP
internal import HTTPServer
internal import Rendition
internal import Telemetry
internal import WorkerLink

/// An error as the client gets it: a problem document (RFC 9457) and its fields.
struct ProblemAnswer {
    let status: Status
    let detail: String
    /// Whole field lines besides those every problem has.
    var fieldLines: [UInt8] = []
    /// Errors are not kept for long: a 404 may be an upload that is still on its way.
    var cacheControl: StaticString = "no-store"
    /// A further member of the document: its name, and its value as JSON.
    var extra: (name: String, json: [UInt8])?

    init(
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
    func response(
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
    static let preconditionFailed = ProblemAnswer(
        status: .preconditionFailed, detail: "A condition of the request does not hold.")

    static let unknownImage = ProblemAnswer(
        status: .notFound, detail: "No image with this hash was uploaded here.",
        cacheControl: "max-age=10")

    /// Not to be kept: a cache that puts paths in order before it looks one up would have it in the
    /// place of an image.
    static let unknownPath = ProblemAnswer(
        status: .notFound, detail: "There is nothing at this path.")

    static let deleted = ProblemAnswer(
        status: .gone, detail: "This image was deleted.", cacheControl: "max-age=60")

    static let blocked = ProblemAnswer(
        status: .unavailableForLegalReasons, detail: "This image is blocked here.",
        cacheControl: "max-age=60")

    static let unauthorized = ProblemAnswer(
        status: .unauthorized,
        detail: """
            This needs a token: Authorization: Bearer <token>. (auto is open only to requests made \
            on this machine, straight to localhost.)
            """,
        fieldLines: line("WWW-Authenticate", "Bearer"))

    static let forbidden = ProblemAnswer(
        status: .forbidden, detail: "The token does not allow this.")

    static let foreignPage = ProblemAnswer(
        status: .forbidden,
        detail: "A page of another origin needs a token, or its origin in cors.origins.")

    static let storageFull = ProblemAnswer(
        status: .insufficientStorage, detail: "There is no room left; nothing was kept.")

    static let storageFailing = ProblemAnswer(
        status: .serviceUnavailable, detail: "The storage fails; nothing was kept.",
        fieldLines: line("Retry-After", "5"))

    static func unsatisfiable(byteCount: Int) -> ProblemAnswer {
        var lines = OutputBuffer()
        lines.appendContentRange(unsatisfiedOf: byteCount)
        return ProblemAnswer(
            status: .rangeNotSatisfiable, detail: "The content has \(byteCount) bytes.",
            fieldLines: lines.copy())
    }

    static func methodNotAllowed(_ allowed: MethodSet) -> ProblemAnswer {
        var buffer = OutputBuffer()
        buffer.appendField("Allow", allowed)
        let lines = buffer.copy()
        return ProblemAnswer(
            status: .methodNotAllowed, detail: "This resource does not take the method.",
            fieldLines: lines)
    }

    static func overloaded(retryAfterSeconds: Int) -> ProblemAnswer {
        ProblemAnswer(
            status: .serviceUnavailable, detail: "There is more to do than can be done in time.",
            fieldLines: line("Retry-After", String(retryAfterSeconds)))
    }

    static func overQuota(retryAfterSeconds: Int) -> ProblemAnswer {
        ProblemAnswer(
            status: .tooManyRequests, detail: "This is more than one client may have.",
            fieldLines: line("Retry-After", String(retryAfterSeconds)))
    }

    static let methodUnknown = ProblemAnswer(
        status: .notImplemented, detail: "This method is not known here.")

    static func line(_ name: StaticString, _ value: String) -> [UInt8] {
        var lines = OutputBuffer()
        lines.appendField(name, Array(value.utf8).span)
        return lines.copy()
    }

    init(_ failure: RenditionFailure) {
        switch failure {
        case .refused(let reason, let isUnsupportedType):
            self.init(
                status: isUnsupportedType ? .unsupportedMediaType : .unprocessableContent,
                detail: reason, cacheControl: "max-age=60")
        case .overloaded(let seconds): self = .overloaded(retryAfterSeconds: seconds)
        case .timedOut:
            self.init(
                status: .serviceUnavailable, detail: "The rendition took too long to make.",
                fieldLines: Self.line("Retry-After", "10"))
        case .workerLost, .abandoned:
            self.init(
                status: .serviceUnavailable, detail: "The rendition could not be made just now.",
                fieldLines: Self.line("Retry-After", "1"))
        case .originalUnreadable: self = .storageFailing
        }
    }
}
