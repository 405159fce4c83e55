import Synchronization

/// A bounded queue of request records from one event loop to the log's writer.
///
/// `written` counts the records ever appended and only the loop's thread stores it; `read` counts
/// those taken and only the writer's thread stores it. The slots in `read..<written` belong to the
/// writer, all others to the loop, so neither ever waits: a full ring drops the record.
///
/// - Note: unchecked because the slots are raw memory; the two counters, released by the side that
///   is done with a slot and acquired by the side that takes it, are what keeps the sides apart.
@safe final class AccessRing: @unchecked Sendable {
    /// Bytes: a record's fixed fields, then the address, the length of the reason and the reason
    /// itself, then the target in what room there is; all clipped.
    static let slotByteCount = 384
    static let fieldsByteCount = 48
    static let maximumRemoteByteCount = 45
    private static let reasonCountOffset = fieldsByteCount + maximumRemoteByteCount
    private static let reasonOffset = reasonCountOffset + 3
    static let maximumReasonByteCount = 128
    typealias Taker = (
        RequestRecord, _ target: Span<UInt8>, _ remote: Span<UInt8>, _ reason: Span<UInt8>
    ) -> Void

    /// Without a reason.
    static let maximumTargetByteCount = slotByteCount - reasonOffset

    private let capacity: Int
    private let slots: UnsafeMutableRawPointer
    private let wake: @Sendable () -> Void
    private let written = Atomic<Int>(0)
    private let read = Atomic<Int>(0)
    private let dropped = Atomic<UInt64>(0)

    /// - Parameter wake: called on the loop's thread when the ring becomes half full.
    init(capacity: Int, wake: @escaping @Sendable () -> Void) {
        precondition(capacity >= 2 && capacity & (capacity - 1) == 0, "a power of two")
        self.capacity = capacity
        self.wake = wake
        unsafe slots = .allocate(byteCount: capacity * Self.slotByteCount, alignment: 64)
    }

    deinit { unsafe slots.deallocate() }

    var droppedCount: UInt64 { dropped.load(ordering: .relaxed) }

    /// Loop's thread only.
    func append(
        _ request: borrowing RequestRecord, target: Span<UInt8>, remote: Span<UInt8>,
        reason: Span<UInt8>
    ) {
        let position = written.load(ordering: .relaxed)
        let used = position - read.load(ordering: .acquiring)
        guard used < capacity else {
            dropped.store(dropped.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
            return
        }
        unsafe Self.store(
            request, target: target, remote: remote, reason: reason, at: slot(position))
        written.store(position + 1, ordering: .releasing)
        if used + 1 == capacity / 2 { wake() }
    }

    /// Writer's thread only: hands over at most `limit` records and returns how many.
    func take(
        atMost limit: Int,
        _ body: Taker
    ) -> Int {
        let first = read.load(ordering: .relaxed)
        let count = min(limit, written.load(ordering: .acquiring) - first)
        for position in first..<first + count {
            unsafe Self.load(from: slot(position), body)
        }
        read.store(first + count, ordering: .releasing)
        return count
    }

    private func slot(_ position: Int) -> UnsafeMutableRawPointer {
        unsafe slots + (position & (capacity - 1)) * Self.slotByteCount
    }

    private static func store(
        _ request: borrowing RequestRecord, target: Span<UInt8>, remote: Span<UInt8>,
        reason: Span<UInt8>, at slot: UnsafeMutableRawPointer
    ) {
        let remoteCount = min(remote.count, maximumRemoteByteCount)
        let reasonCount = min(reason.count, maximumReasonByteCount)
        let targetCount = min(target.count, maximumTargetByteCount - reasonCount)
        unsafe slot.storeBytes(of: request.requestID, as: UInt64.self)
        unsafe slot.storeBytes(of: request.startedAtMicroseconds, toByteOffset: 8, as: UInt64.self)
        unsafe slot.storeBytes(of: request.durationNanoseconds, toByteOffset: 16, as: UInt64.self)
        unsafe slot.storeBytes(of: request.byteCount, toByteOffset: 24, as: UInt64.self)
        unsafe slot.storeBytes(of: request.queueMicroseconds, toByteOffset: 32, as: UInt32.self)
        unsafe slot.storeBytes(of: request.jobMicroseconds, toByteOffset: 36, as: UInt32.self)
        unsafe slot.storeBytes(of: request.status, toByteOffset: 40, as: UInt16.self)
        unsafe slot.storeBytes(of: UInt16(targetCount), toByteOffset: 42, as: UInt16.self)
        unsafe slot.storeBytes(of: UInt8(remoteCount), toByteOffset: 44, as: UInt8.self)
        unsafe slot.storeBytes(of: request.route.rawValue, toByteOffset: 45, as: UInt8.self)
        unsafe slot.storeBytes(of: request.cacheResult.rawValue, toByteOffset: 46, as: UInt8.self)
        unsafe slot.storeBytes(of: request.method.rawValue, toByteOffset: 47, as: UInt8.self)
        unsafe slot.storeBytes(
            of: UInt8(reasonCount), toByteOffset: reasonCountOffset, as: UInt8.self)
        unsafe copy(remote, remoteCount, to: slot + fieldsByteCount)
        unsafe copy(reason, reasonCount, to: slot + reasonOffset)
        unsafe copy(target, targetCount, to: slot + reasonOffset + reasonCount)
    }

    private static func copy(
        _ bytes: Span<UInt8>, _ count: Int, to place: UnsafeMutableRawPointer
    ) {
        unsafe bytes.withUnsafeBytes { bytes in
            let place = unsafe UnsafeMutableRawBufferPointer(start: place, count: count)
            unsafe place.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
    }

    private static func load(
        from slot: UnsafeMutableRawPointer,
        _ body: Taker
    ) {
        let request = unsafe RequestRecord(
            requestID: slot.load(as: UInt64.self),
            startedAtMicroseconds: slot.load(fromByteOffset: 8, as: UInt64.self),
            durationNanoseconds: slot.load(fromByteOffset: 16, as: UInt64.self),
            method: LoggedMethod(rawValue: slot.load(fromByteOffset: 47, as: UInt8.self)) ?? .other,
            route: Route(rawValue: slot.load(fromByteOffset: 45, as: UInt8.self)) ?? .other,
            status: slot.load(fromByteOffset: 40, as: UInt16.self),
            byteCount: slot.load(fromByteOffset: 24, as: UInt64.self),
            cacheResult: CacheResult(rawValue: slot.load(fromByteOffset: 46, as: UInt8.self))
                ?? .none,
            queueMicroseconds: slot.load(fromByteOffset: 32, as: UInt32.self),
            jobMicroseconds: slot.load(fromByteOffset: 36, as: UInt32.self))
        let remoteCount = unsafe Int(slot.load(fromByteOffset: 44, as: UInt8.self))
        let reasonCount = unsafe Int(slot.load(fromByteOffset: reasonCountOffset, as: UInt8.self))
        let targetCount = unsafe Int(slot.load(fromByteOffset: 42, as: UInt16.self))
        unsafe withBytes(slot + fieldsByteCount, remoteCount) { remote in
            unsafe withBytes(slot + reasonOffset, reasonCount) { reason in
                unsafe withBytes(slot + reasonOffset + reasonCount, targetCount) { target in
                    body(request, target, remote, reason)
                }
            }
        }
    }

    private static func withBytes(
        _ start: UnsafeMutableRawPointer, _ count: Int, _ body: (Span<UInt8>) -> Void
    ) {
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        unsafe bytes.withMemoryRebound(to: UInt8.self) { unsafe body($0.span) }
    }
}
