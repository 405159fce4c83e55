internal import Coding

/// Bytes to send, in memory that is kept from one response to the next: once it has grown to the
/// size of a usual head, writing one allocates nothing.
///
/// It has no limit of its own: what is appended is what the program itself decided to say.
@safe
package struct OutputBuffer: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 1024) {
        self.capacity = max(capacity, 64)
        unsafe base = .allocate(capacity: self.capacity)
    }

    deinit { unsafe base.deallocate() }

    package var isEmpty: Bool { count == 0 }

    /// Empties it and keeps the memory.
    package mutating func removeAll() { count = 0 }

    /// Lends the bytes written so far.
    @inline(__always)
    package borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeBufferPointer(start: base, count: count).span)
    }

    package borrowing func copy() -> [UInt8] { withBytes { $0.array } }

    /// Makes room and says where: the next `more` bytes may be written there.
    @inline(__always)
    private mutating func room(for more: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity - count < more { grow(by: more) }
        return unsafe base + count
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        let larger = max(2 * capacity, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        unsafe moved.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = moved
        capacity = larger
    }

    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        unsafe room(for: 1).pointee = byte
        count += 1
    }

    @inline(__always)
    package mutating func append(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        unsafe room(for: length).update(from: text.utf8Start, count: length)
        count += length
    }

    @inline(__always)
    package mutating func append(_ bytes: Span<UInt8>) {
        let length = bytes.count
        let end = unsafe room(for: length)
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe end.update(from: start, count: length)
        }
        count += length
    }

    package mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

    @inline(__always)
    package mutating func append(_ bytes: RawSpan) {
        let length = bytes.byteCount
        let end = unsafe room(for: length)
        unsafe bytes.withUnsafeBytes { source in
            guard length > 0 else { return }
            unsafe UnsafeMutableRawBufferPointer(start: end, count: length).copyMemory(from: source)
        }
        count += length
    }

    /// Appends `byteCount` bytes that `copy` writes to where it is told. Says
    /// what it says; when that is `false`, nothing is appended.
    @inline(__always)
    package mutating func append(
        byteCount: Int, copy: (UnsafeMutableRawPointer) -> Bool
    ) -> Bool {
        guard unsafe copy(UnsafeMutableRawPointer(room(for: byteCount))) else { return false }
        count += byteCount
        return true
    }

    /// The UTF-8 of a text.
    package mutating func append(contentsOf text: String) {
        for byte in text.utf8 { append(byte) }
    }

    /// In decimal, without leading zeros.
    package mutating func append(decimal number: UInt64) {
        var length = 1
        var bound: UInt64 = 10
        while length < 20, number >= bound {
            length += 1
            bound = length < 20 ? bound &* 10 : bound
        }
        let end = unsafe room(for: length)
        var rest = number
        for index in stride(from: length - 1, through: 0, by: -1) {
            unsafe end[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += length
    }

    package mutating func append(decimal number: Int) {
        precondition(number >= 0, "lengths and positions are not negative")
        append(decimal: UInt64(number))
    }

    /// In lower-case hex, always 16 digits.
    package mutating func append(hex number: UInt64) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            append(Hex.digit(UInt8(truncatingIfNeeded: number &>> shift) & 15))
        }
    }
}
