/// How the parsers walk over bytes. Indices past the end are bugs and trap, but for the
/// unchecked reads, each of which stands behind a comparison with `count`.
extension Span<UInt8> {
    /// A copy that outlives what lends the bytes.
    package var array: [UInt8] { unsafe withUnsafeBufferPointer { unsafe Array($0) } }

    /// The first index at or after `start` whose byte is below `floor` or DEL; `count` if none.
    ///
    /// Eight bytes at a step: with the high bits set aside, adding `0x80 - floor` to each byte sets
    /// its high bit exactly if it is not below `floor` and never carries into the next one.
    /// - Parameter floor: 1…0x80.
    /// - Parameter stopsAtHigh: also at bytes of 0x80 and more.
    @inline(__always)
    func indexOfControl(from start: Int, below floor: UInt8, stopsAtHigh: Bool = false) -> Int {
        let highBits: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        let toFloor = ones &* UInt64(0x80 - floor)
        var index = start
        while count - index >= 8 {
            let word = unsafe UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let low = word & ~highBits
            let controls = (~(low &+ toFloor) | (low &+ ones)) & ~word
            let stops = (stopsAtHigh ? controls | word : controls) & highBits
            if stops != 0 { return index &+ stops.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < count {
            let byte = unsafe self[unchecked: index]
            if byte < floor || byte == .delete || stopsAtHigh && byte > .delete { return index }
            index &+= 1
        }
        return count
    }

    /// The first index at or after `start` with this byte; `count` if none. Eight bytes at a step:
    /// where they equal it, the difference is zero, and taking one away borrows from its high bit.
    func index(of byte: UInt8, from start: Int) -> Int {
        let highBits: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        let wanted = ones &* UInt64(byte)
        var index = start
        while count - index >= 8 {
            let word = unsafe UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let difference = word ^ wanted
            let hits = (difference &- ones) & ~difference & highBits
            if hits != 0 { return index &+ hits.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < count, unsafe self[unchecked: index] != byte { index &+= 1 }
        return index
    }

    /// The first index at or after `start` whose byte is not in `wanted`; `count` if none.
    @inline(__always)
    func indexOfFirst(notIn wanted: ByteClass, from start: Int) -> Int {
        var index = start
        while index < count, wanted.contains(unsafe self[unchecked: index]) { index &+= 1 }
        return index
    }

    /// The first index at or after `start` that holds neither space nor tab; `count` if none.
    @inline(__always)
    func indexAfterBlanks(from start: Int) -> Int {
        var index = start
        while index < count, unsafe self[unchecked: index].isBlank { index &+= 1 }
        return index
    }

    /// Whether `text` stands at `start`, byte for byte.
    @inline(__always)
    package func equals(_ text: StaticString, from start: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start >= 0, count - start >= length else { return false }
        return text.withUTF8Buffer { buffer in
            for index in 0..<length
            where unsafe self[unchecked: start &+ index] != buffer[index] {
                return false
            }
            return true
        }
    }

    /// Whether `text` stands at `start` in any case. `text` is of lower-case letters, digits and
    /// marks below `@`, and no control bytes stand here but tabs: then setting bit 5 is exact.
    @inline(__always)
    func equalsIgnoringCase(_ text: StaticString, from start: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start >= 0, count - start >= length else { return false }
        return text.withUTF8Buffer { buffer in
            for index in 0..<length
            where unsafe self[unchecked: start &+ index] | 0x20 != buffer[index] {
                return false
            }
            return true
        }
    }

    /// Whether all of the bytes are `text` in any case; see `equalsIgnoringCase(_:from:)`.
    package func isEqualIgnoringCase(to text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && equalsIgnoringCase(text, from: 0)
    }

    /// Whether the bytes begin with `text` in any case; see `equalsIgnoringCase(_:from:)`.
    package func startsIgnoringCase(with text: StaticString) -> Bool {
        equalsIgnoringCase(text, from: 0)
    }

    @inline(__always)
    package func starts(with prefix: StaticString) -> Bool {
        let length = prefix.utf8CodeUnitCount
        guard count >= length else { return false }
        for index in 0..<length where unsafe self[index] != prefix.utf8Start[index] {
            return false
        }
        return true
    }

    /// Whether all of the bytes, at least one, may stand in a field's name (RFC 9110 §5.6.2).
    package var isToken: Bool { !isEmpty && indexOfFirst(notIn: .token, from: 0) == count }

    /// Whether the bytes of both are the same.
    package func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }
}
