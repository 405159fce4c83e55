internal import CLinux
internal import Coding
internal import Glibc

/// A peer's address without its port, as 16 bytes (IPv4 mapped into IPv6). No heap.
package struct PeerAddress: Hashable, Sendable {
    package let bytes: SIMD16<UInt8>

    package init(bytes: SIMD16<UInt8>) { self.bytes = bytes }

    init(_ storage: inout sockaddr_storage) {
        var bytes = SIMD16<UInt8>()
        unsafe withUnsafeBytes(of: &storage) { raw in
            switch CInt(unsafe raw.load(as: sockaddr.self).sa_family) {
            case AF_INET6: for index in 0..<16 { bytes[index] = unsafe raw[8 + index] }
            case AF_INET:
                (bytes[10], bytes[11]) = (0xFF, 0xFF)
                for index in 0..<4 { bytes[12 + index] = unsafe raw[4 + index] }
            default: break
            }
        }
        self.bytes = bytes
    }

    /// Of four bytes.
    package init(ipv4 address: UInt32) {
        var bytes = SIMD16<UInt8>()
        (bytes[10], bytes[11]) = (0xFF, 0xFF)
        for index in 0..<4 {
            bytes[12 + index] = UInt8(truncatingIfNeeded: address >> (24 - 8 * index))
        }
        self.bytes = bytes
    }

    /// Reads `192.0.2.1` or `2001:db8::1` as `inet_pton` does: no port, no brackets, no zone. `nil`
    /// for `::` too, which nobody has.
    package init?(_ text: Span<UInt8>) {
        guard text.count < Self.textByteCount else { return nil }
        var copy = InlineArray<46, CChar>(repeating: 0)
        for index in text.indices {
            guard text[index] != 0 else { return nil }
            copy[index] = CChar(bitPattern: text[index])
        }
        var ipv4 = in_addr()
        var ipv6 = in6_addr()
        let characters = copy.span
        let family: CInt? = unsafe characters.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return nil }
            if unsafe inet_pton(AF_INET, start, &ipv4) == 1 { return AF_INET }
            return unsafe inet_pton(AF_INET6, start, &ipv6) == 1 ? AF_INET6 : nil
        }
        switch family {
        case AF_INET: self.init(ipv4: UInt32(bigEndian: ipv4.s_addr))
        case AF_INET6:
            var bytes = SIMD16<UInt8>()
            unsafe withUnsafeBytes(of: &ipv6) { raw in
                for index in 0..<16 { bytes[index] = unsafe raw[index] }
            }
            guard bytes != SIMD16() else { return nil }
            self.init(bytes: bytes)
        default: return nil
        }
    }

    /// Who came by a Unix socket. No address of a network is the same: `::` is nobody's.
    package static let local = PeerAddress(bytes: SIMD16())
    package var isLocal: Bool { bytes == SIMD16() }

    /// The longest text, an IPv6 address with an IPv4 one at its end, and a zero byte.
    private static let textByteCount = 46

    /// Lends its text: `192.0.2.1`, `2001:db8::1` (RFC 5952), IPv4 as itself, `unix:`. No heap.
    package func withText<R>(_ body: (Span<UInt8>) -> R) -> R {
        var text = InlineArray<45, UInt8>(repeating: 0)
        var count = 0
        func put(_ byte: UInt8) {
            text[count] = byte
            count += 1
        }
        if isLocal {
            for byte in "unix:".utf8 { put(byte) }
        } else if isIPv4 {
            for index in 12..<16 {
                let value = bytes[index]
                if value >= 100 { put(UInt8(ascii: "0") + value / 100) }
                if value >= 10 { put(UInt8(ascii: "0") + value / 10 % 10) }
                put(UInt8(ascii: "0") + value % 10)
                if index < 15 { put(UInt8(ascii: ".")) }
            }
        } else {
            let gap = gap
            for group in 0..<8 {
                if gap.contains(group) {
                    // One colon for the gap; the other comes with the next group, or at the end.
                    if group == gap.lowerBound { put(UInt8(ascii: ":")) }
                    if group == 7 { put(UInt8(ascii: ":")) }
                    continue
                }
                if group > 0 { put(UInt8(ascii: ":")) }
                let value = self.group(group)
                for digit in 0..<4 {
                    let rest = value >> (12 - 4 * digit)
                    if rest != 0 || digit == 3 { put(Hex.digit(UInt8(rest & 15))) }
                }
            }
        }
        return body(text.span.extracting(first: count))
    }

    private func group(_ index: Int) -> UInt16 {
        UInt16(bytes[2 * index]) << 8 | UInt16(bytes[2 * index + 1])
    }

    /// The longest run of two zero groups or more, the first of several (RFC 5952 §4.2).
    private var gap: Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0..<8 {
            if group(index) != 0 { start = index + 1 }
            let run = start..<index + 1
            if run.count > max(1, longest.count) { longest = run }
        }
        return longest
    }

    /// What one client is sure to share with nobody: the address, or the /64 of an IPv6 one.
    package var network: PeerAddress {
        guard !isIPv4 else { return self }
        var prefix = SIMD16<UInt8>()
        prefix.lowHalf = bytes.lowHalf
        return PeerAddress(bytes: prefix)
    }

    /// Of 127.0.0.0/8, or `::1`: nobody outside the machine has one.
    package var isLoopback: Bool {
        if isIPv4 { return bytes[12] == 127 }
        return bytes == SIMD16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    }

    package var isIPv4: Bool {
        for index in 0..<10 where bytes[index] != 0 { return false }
        return bytes[10] == 0xFF && bytes[11] == 0xFF
    }
}
