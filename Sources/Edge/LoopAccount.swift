internal import HTTP
internal import HTTPServer
internal import LinuxIO
internal import Telemetry

/// Counts and logs one answer that does not leave at once, when it is out.
final class LoopAccount: ResponseAccount {
    private let metrics: LoopMetrics
    private let record: RequestRecord
    private let target: [UInt8]
    private let peer: PeerAddress
    private let startedAt: UInt64

    init(
        metrics: LoopMetrics, record: RequestRecord, target: [UInt8], peer: PeerAddress,
        startedAt: UInt64
    ) {
        self.metrics = metrics
        self.record = record
        self.target = target
        self.peer = peer
        self.startedAt = startedAt
    }

    var requestID: UInt64 { record.requestID }

    func finished(status: Status, sentByteCount: Int, isWhole: Bool) {
        var record = record
        record.status = status.rawValue
        record.byteCount = UInt64(max(0, sentByteCount))
        record.durationNanoseconds = Clock.monotonicNanoseconds() &- startedAt
        let target = target
        peer.withText { metrics.record(record, target: target.span, remote: $0) }
    }
}
