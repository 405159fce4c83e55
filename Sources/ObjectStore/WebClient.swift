package import LinuxIO

/// Fetches small documents by their URLs, which the caller has judged: no redirection is followed,
/// no proxy asked, and certificates are checked by those whom the system trusts.
package final class WebClient: Sendable {
    private static let contentLimit = 64 << 10
    private let thread: TransferThread

    package init() throws(SystemError) {
        var limits = ObjectClient.Settings()
        (limits.connections, limits.waiting) = (2, 16)
        thread = try TransferThread(.url, limits: limits, name: "web")
    }

    /// The content of an answer 200; `nil` for anything else.
    package func content(of url: String) async -> [UInt8]? {
        let result = await withCheckedContinuation { [thread] continuation in
            thread.start(
                TransferOrder(method: .get, key: url),
                AnswerReceiver(contentLimit: Self.contentLimit, continuation))
        }
        guard case .success(let answer) = result, answer.head.status == 200 else { return nil }
        return answer.content
    }
}
