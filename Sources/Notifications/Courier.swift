internal import CCurl
internal import LinuxIO

/// Carries one message at a time over a connection that it keeps (libcurl).
///
/// `post` and `mail` are for one thread, `cancel` is for any.
@safe final class Courier: Sendable {
    enum Failure: Error, Equatable, CustomStringConvertible {
        /// The receiver answered, and did not take it.
        case status(Int, retryAfterSeconds: Int = 0)
        case transport(reason: String)

        var description: String {
            switch self {
            case .status(let status, _): "the answer was \(status)"
            case .transport(let reason): reason
            }
        }
    }

    // Only `cancel` touches it from another thread, and that is atomic there.
    nonisolated(unsafe) private let session: OpaquePointer
    private let timeoutMilliseconds: Int

    /// - Parameter timeout: of one message, from the first byte of the connection to the answer.
    init(timeout: Duration) {
        Self.begin
        guard let opened = unsafe CCurl_open() else { preconditionFailure("out of memory") }
        unsafe session = opened
        timeoutMilliseconds = Int(timeout.wholeMilliseconds)
    }

    deinit { unsafe CCurl_close(session) }

    /// Once in a process.
    private static let begin: Void = CCurl_begin()

    /// What is under way ends within a second, and all that follows at once.
    func cancel() { unsafe CCurl_cancel(session) }

    /// Taken is what is answered with 2xx, whatever content comes behind.
    func post(_ content: [UInt8], to url: String, fields: [String]) throws(Failure) {
        var (status, retryAfterSeconds) = (0, 0)
        let code = unsafe withCStrings(fields) { lines in
            unsafe content.withUnsafeBytes { content in
                guard let start = content.baseAddress else {
                    preconditionFailure("an event without words")
                }
                return unsafe CCurl_post(
                    session, url, lines, fields.count, start, content.count,
                    timeoutMilliseconds, &status, &retryAfterSeconds)
            }
        }
        guard code == 0 else { throw .transport(reason: Self.reason(code)) }
        guard (200..<300).contains(status) else {
            throw .status(status, retryAfterSeconds: retryAfterSeconds)
        }
    }

    func mail(_ message: [UInt8], by relay: MailRelay) throws(Failure) {
        let tls: CCurlTLS =
            switch relay.tls {
            case .never: CCurlTLSNever
            case .wherePossible: CCurlTLSWherePossible
            case .always: CCurlTLSAlways
            }
        let login = [relay.username ?? "", relay.password ?? ""]
        let code = unsafe withCStrings(relay.recipients) { recipients in
            unsafe withCStrings([relay.url] + login) { texts in
                unsafe message.withUnsafeBytes { message in
                    guard let start = message.baseAddress else {
                        preconditionFailure("a message without a head")
                    }
                    var wire = unsafe CCurlRelay(
                        url: texts[0], username: nil, password: nil, tls: tls)
                    if relay.username != nil { unsafe wire.username = texts[1] }
                    if relay.password != nil { unsafe wire.password = texts[2] }
                    return unsafe CCurl_mail(
                        session, &wire, relay.sender, recipients, relay.recipients.count,
                        start, message.count, timeoutMilliseconds)
                }
            }
        }
        guard code == 0 else { throw .transport(reason: Self.reason(code)) }
    }

    private static func reason(_ code: Int32) -> String {
        unsafe String(cString: CCurl_reason(code))
    }
}
