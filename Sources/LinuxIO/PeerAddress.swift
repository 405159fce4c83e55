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
            if unsafe raw.load(as: sockaddr.self).sa_family == sa_family_t(AF_INET6) {
                for index in 0..<16 { bytes[index] = unsafe raw[8 + index] }
            } else {
                (bytes[10], bytes[11]) = (0xFF, 0xFF)
                for index in 0..<4 { bytes[12 + index] = unsafe raw[4 + index] }
            }
        }
        self.bytes = bytes
    }

    /// Lends its text: `192.0.2.1`, `2001:db8::1` (RFC 5952), IPv4 as itself. No heap.
    package func withText<R>(_ body: (Span<UInt8>) -> R) -> R {
        var text = InlineArray<45, UInt8>(repeating: 0)
        var count = 0
        func put(_ byte: UInt8) {
            text[count] = byte
            count += 1
        }
        if isIPv4 {
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
