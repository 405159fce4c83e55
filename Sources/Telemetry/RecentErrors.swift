internal import Synchronization

/// The last answers that were our fault (5xx), for who asks what went wrong. In memory: the log
/// has all of them. Any thread may write; a hit never does.
package final class RecentErrors: Sendable {
    package static let capacity = 100
    private static let textLimit = 300  // Bytes of target and reason each.

    struct Entry: Sendable {
        var requestID: UInt64
        var startedAtMicroseconds: UInt64
        var status: UInt16
        var route: Route
        var method: LoggedMethod
        /// Without the secrets in it.
        var target: String
        var reason: String
    }

    private let ring = Mutex(Ring<Entry>(capacity: capacity))

    init() {}

    @inline(never)
    func note(_ request: borrowing RequestRecord, target: Span<UInt8>, reason: Span<UInt8>) {
        func text(_ bytes: Span<UInt8>) -> String {
            var kept: [UInt8] = []
            for index in 0..<min(bytes.count, Self.textLimit) { kept.append(bytes[index]) }
            return String(decoding: kept, as: UTF8.self)
        }
        var whole: [UInt8] = []
        for index in target.indices { whole.append(target[index]) }
        let shown = Array(ShownTarget.text(of: whole).utf8)
        let entry = Entry(
            requestID: request.requestID, startedAtMicroseconds: request.startedAtMicroseconds,
            status: request.status, route: request.route, method: request.method,
            target: text(shown.span), reason: text(reason))
        ring.withLock { $0.append(entry) }
    }

    /// Newest first.
    var entries: [Entry] { ring.withLock { $0.newestFirst } }
}
