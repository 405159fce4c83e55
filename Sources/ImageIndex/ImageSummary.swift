internal import Rendition

/// What a hit asks of the index, in 48 bytes that are read where they lie.
package struct ImageSummary: Equatable, Sendable {
    /// Raw values are stored: never renumber.
    package enum State: UInt8, Sendable {
        case present = 1
        case deleted = 2
        case blocked = 3
    }

    package var state: State
    package var type: MediaType
    package var hasAlpha: Bool
    /// Whether colours or depth make it dearer to show than its pixels say; of what came in before
    /// that was noted it is not known, and false.
    package var isFar: Bool
    package var width: UInt32
    package var height: UInt32
    package var frames: UInt32
    package var byteCount: Int
    /// Microseconds, about, that it took of a worker when it came in; 0: nobody knows.
    package var processorTime: BriefNumber
    /// Microseconds since 1970; of a tombstone still those of the upload.
    package var uploadedAt: Int64

    package init(of document: ImageDocument, state: State) {
        self.state = state
        (type, hasAlpha, isFar) = (document.type, document.hasAlpha, document.isFar)
        width = UInt32(clamping: document.width)
        height = UInt32(clamping: document.height)
        frames = UInt32(clamping: document.frames)
        byteCount = document.byteCount
        processorTime = BriefNumber(document.processorMicroseconds ?? 0)
        uploadedAt = document.uploadedAt
    }

    package var uploadedAtSeconds: Int64 {
        let (seconds, rest) = uploadedAt.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? seconds - 1 : seconds
    }
}

extension ImageSummary {
    static let byteCount = 48
    /// Of an original: a thousand times what the configuration allows.
    static let maximumByteCount = 1 << 50
    private static let version: UInt8 = 2

    /// version, state, alpha and what is far (a bit each), processor time, type (16), width,
    /// height, frames (4 each), bytes, time (8 each).
    var encoded: [UInt8] {
        let flags: UInt8 = (hasAlpha ? 1 : 0) | (isFar ? 2 : 0)
        var bytes: [UInt8] = [Self.version, state.rawValue, flags, processorTime.code]
        bytes.reserveCapacity(Self.byteCount)
        for index in type.bytes.indices { bytes.append(type.bytes[index]) }
        for number in [width, height, frames] { Self.append(number, to: &bytes) }
        Self.append(UInt64(byteCount), to: &bytes)
        Self.append(UInt64(bitPattern: uploadedAt), to: &bytes)
        return bytes
    }

    /// `nil` when it is no summary. No allocation.
    init?(encoded record: RawSpan) {
        guard record.byteCount == Self.byteCount else { return nil }
        let bytes = unsafe record.unsafeLoadUnaligned(as: SIMD4<UInt8>.self)
        guard bytes[0] == Self.version, let state = State(rawValue: bytes[1]) else { return nil }
        let type = unsafe record.unsafeLoadUnaligned(
            fromByteOffset: 4, as: InlineArray<16, UInt8>.self)
        let count = type.indices.first { type[$0] == 0 } ?? MediaType.maximumByteCount
        guard let type = MediaType(type.span.extracting(first: count)) else { return nil }
        (self.state, self.type) = (state, type)
        (hasAlpha, isFar) = (bytes[2] & 1 != 0, bytes[2] & 2 != 0)
        processorTime = BriefNumber(code: bytes[3])
        width = Self.load(record, at: 20)
        height = Self.load(record, at: 24)
        frames = Self.load(record, at: 28)
        byteCount = Int(clamping: Self.load(record, at: 32) as UInt64)
        uploadedAt = Int64(bitPattern: Self.load(record, at: 40))
        guard PictureBounds.contain(width: Int(width), height: Int(height), frames: Int(frames)),
            1...Self.maximumByteCount ~= byteCount
        else { return nil }
    }

    /// Of version 1, which told seconds.
    init?(encodedInSeconds record: [UInt8]) {
        guard record.first == 1 else { return nil }
        var record = record
        record[0] = Self.version
        guard let summary = unsafe ImageSummary(encoded: record.span.bytes) else { return nil }
        self = summary
        uploadedAt = summary.uploadedAt.multipliedReportingOverflow(by: 1_000_000).partialValue
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// The count was checked by the caller.
    private static func load<Number: FixedWidthInteger & BitwiseCopyable>(
        _ record: RawSpan, at offset: Int
    ) -> Number {
        unsafe Number(
            littleEndian: record.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
