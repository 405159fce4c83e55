package import HTTP
internal import HTTPServer
package import LinuxIO
package import Telemetry

/// Counts and logs one answer that does not leave at once, when it is out.
package final class LoopAccount: ResponseAccount {
    private let metrics: LoopMetrics
    private let record: RequestRecord
    /// Of an answer that is an error.
    private let reason: [UInt8]
    private let target: [UInt8]
    private let peer: PeerAddress
    private let startedAt: UInt64

    package init(
        metrics: LoopMetrics, record: RequestRecord, target: [UInt8], peer: PeerAddress,
        startedAt: UInt64, reason: [UInt8] = []
    ) {
        self.metrics = metrics
        self.record = record
        self.reason = reason
        self.target = target
        self.peer = peer
        self.startedAt = startedAt
    }

    /// What has become of the request, once that is known.
    package func settled(
        reason: String? = nil, _ change: (inout RequestRecord) -> Void = { _ in }
    ) -> LoopAccount {
        var record = record
        change(&record)
        return LoopAccount(
            metrics: metrics, record: record, target: target, peer: peer, startedAt: startedAt,
            reason: reason.map { Array($0.utf8) } ?? self.reason)
    }

    package var requestID: UInt64 { record.requestID }

    package func finished(status: Status, sentByteCount: Int, isWhole: Bool) {
        var record = record
        record.status = status.rawValue
        record.byteCount = UInt64(max(0, sentByteCount))
        record.durationNanoseconds = Clock.monotonicNanoseconds() &- startedAt
        let (target, reason) = (target, reason)
        peer.withText {
            metrics.record(record, target: target.span, remote: $0, reason: reason.span)
        }
    }
}
