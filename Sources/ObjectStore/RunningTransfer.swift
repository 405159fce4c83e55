internal import CTransfers
internal import LinuxIO

/// A request that is under way. libcurl holds it by its address until it has ended, so whoever
/// keeps it keeps it until then.
@safe final class RunningTransfer {
    private let order: TransferOrder
    private let receiver: any TransferReceiver
    private var head = AnswerHead()
    private var hasBegun = false
    private var isRefused = false
    private(set) var hasEnded = false
    private var transfer: OpaquePointer?

    private var received = 0
    /// What has moved, either way, and when that was last seen to change.
    private var seen: (bytes: Int, at: Duration)
    /// The time over which the rate is looked at, and what had moved when it began.
    private var period: (bytes: Int, since: Duration)

    /// Fields of an answer; the rest is not looked at.
    private static let fieldLimit = 100

    var isPut: Bool { order.method == .put }

    static let handlers = unsafe CTransferHandlers(
        field: { context, line, count in
            let line = unsafe Array(UnsafeBufferPointer(start: line, count: count))
            unsafe RunningTransfer.at(context).take(field: line)
        },
        content: { context, bytes, count in
            let bytes = unsafe UnsafeBufferPointer(start: bytes, count: count)
            return unsafe RunningTransfer.at(context).take(content: bytes.span)
        },
        ended: { context, code, status in
            unsafe RunningTransfer.at(context).end(code: code, status: status)
        })

    private static func at(_ context: UnsafeMutableRawPointer) -> RunningTransfer {
        unsafe Unmanaged<RunningTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    init(_ order: TransferOrder, _ receiver: any TransferReceiver) {
        (self.order, self.receiver) = (order, receiver)
        let now = Clock.monotonic()
        (seen, period) = ((0, now), (0, now))
    }

    /// `false` when it has ended already.
    func add(
        to transfers: OpaquePointer, _ address: TransferAddress, connect: Duration
    ) -> Bool {
        let signed = address.request(order, at: Clock.wallSeconds())
        let count = signed.fields.count
        let texts = signed.fields + [signed.url, order.method.rawValue, address.authorities ?? ""]
        let hasAuthorities = address.authorities != nil
        let added = unsafe withCStrings(texts) { texts in
            var request = unsafe CTransferRequest(
                method: texts[count + 1], url: texts[count], fields: texts, field_count: count,
                authorities: hasAuthorities ? texts[count + 2] : nil,
                content: order.content?.rawValue ?? -1, byte_count: Int64(order.byteCount),
                connect_milliseconds: Int(connect / .milliseconds(1)), is_fresh: order.isFresh)
            return unsafe CTransfers_add(
                transfers, &request, Unmanaged.passUnretained(self).toOpaque())
        }
        unsafe transfer = added
        if unsafe added == nil {
            finish(.failed(.transport("out of memory", isUnreachable: false)))
        }
        return unsafe added != nil
    }

    func remove(from transfers: OpaquePointer, _ end: TransferEnd) {
        if let transfer = unsafe transfer { unsafe CTransfers_remove(transfers, transfer) }
        finish(end)
    }

    /// Why it is to be given up; `nil` while it goes on well.
    func failure(now: Duration, _ limits: ObjectClient.Settings) -> TransferFailure? {
        guard let transfer = unsafe transfer, !hasEnded else { return nil }
        let sent = Int(unsafe CTransfer_sent(transfer))
        let moved = sent + received
        if moved != seen.bytes { seen = (moved, now) }
        if head.status == 0, sent >= order.byteCount {
            // What was sent last may still be on its way to several disks.
            let patience = limits.answerTimeout + limits.storingTime(of: order.byteCount)
            return now - seen.at > patience ? .noAnswer : nil
        }
        guard now - period.since >= limits.ratePeriod else { return nil }
        let least = Int(Double(limits.leastRate) * (limits.ratePeriod / .seconds(1)))
        defer { period = (moved, now) }
        return moved - period.bytes < least ? .slow : nil
    }

    // MARK: What libcurl says

    private func take(field line: [UInt8]) {
        // Each answer has its own status line; the last one counts.
        if line.starts(with: "HTTP/".utf8) {
            head = AnswerHead()
            let digits = line.drop { $0 != UInt8(ascii: " ") }.dropFirst().prefix(3)
            head.status = Int(String(decoding: digits, as: UTF8.self)) ?? 0
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
            head.fields.count < Self.fieldLimit
        else { return }
        let name = line[..<colon].map { (65...90).contains($0) ? $0 + 32 : $0 }
        let value = line[(colon + 1)...].drop { $0 == 32 }
        head.fields.append(
            (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }

    private func take(content bytes: Span<UInt8>) -> Bool {
        received += bytes.count
        if begin() && receiver.take(bytes) { return true }
        isRefused = true
        return false
    }

    /// Whether the content is wanted.
    private func begin() -> Bool {
        if hasBegun { return true }
        hasBegun = true
        return receiver.begin(head)
    }

    private func end(code: CInt, status: Int) {
        unsafe transfer = nil
        if isRefused { return finish(.refused) }
        if code != 0 {
            let reason = unsafe String(cString: CTransfers_reason(code))
            let isUnreachable = CTransfers_is_unreachable(code)
            return finish(.failed(.transport(reason, isUnreachable: isUnreachable)))
        }
        head.status = status
        finish(begin() ? .done : .refused)
    }

    private func finish(_ end: TransferEnd) {
        guard !hasEnded else { return }
        hasEnded = true
        receiver.end(end)
    }
}
