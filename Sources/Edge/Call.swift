internal import Answers
internal import HTTP
internal import HTTPServer
internal import Rendition
internal import Telemetry

/// One request while it is answered on the loop, and the way back. It can not outlive the bytes
/// that its head lies in.
struct Call: ~Copyable, ~Escapable {
    let head: RequestHead
    /// Those the head was parsed from.
    let bytes: Span<UInt8>
    let reply: Reply
    /// Monotonic nanoseconds.
    let startedAt: UInt64
    /// In logs and metrics.
    var route = Route.other
    /// When a signed URL ends, in Unix seconds; 0: never.
    private(set) var expires: Int64 = 0
    private(set) var variance = Variance()

    @inline(__always)
    @_lifetime(copy bytes)
    init(_ head: RequestHead, _ bytes: Span<UInt8>, with reply: Reply, startedAt: UInt64) {
        (self.head, self.reply, self.startedAt) = (head, reply, startedAt)
        self.bytes = bytes
    }

    var isRead: Bool { head.method == .get || head.method == .head }

    /// Path and query as they came.
    var target: Span<UInt8> {
        @inline(__always)
        @_lifetime(copy self)
        get { bytes.extracting(head.target.range) }
    }

    /// What a seal and a rendition's URL say of the answer.
    @inline(__always)
    mutating func learn(of request: RenditionRequest, _ seal: URLSeal?, hints: Bool) {
        learn(of: seal)
        if request.isNegotiated { variance.accept = true }
        if hints, ClientHints.concern(request.recipe) { variance.hints = true }
    }

    @inline(__always)
    mutating func learn(of seal: URLSeal?) { expires = seal?.expires ?? 0 }
}
