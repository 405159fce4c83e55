internal import Text

/// The addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or one: `192.0.2.1`.
package struct NetworkRange: Equatable, Sendable, CustomStringConvertible {
    private let first: PeerAddress
    /// Of the 128 of an address as it is kept, which an IPv4 one has the last 32 of.
    private let bitCount: Int

    /// `nil` for what is no address with or without the length of a prefix, and for one that names
    /// an address within the network, where the network itself was meant or another length.
    package init?(_ text: String) {
        let parts = text.fields(separatedBy: "/")
        guard (1...2).contains(parts.count), text.utf8.last != UInt8(ascii: "/") else { return nil }
        let name = Array(String(parts[0]).utf8)
        guard let address = String(parts[0]) == "::" ? .local : PeerAddress(name.span)
        else { return nil }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...width).contains(given), parts[1] == "\(given)"
            else { return nil }
            length = given
        }
        (first, bitCount) = (address, 128 - width + length)
        guard address.bytes == address.bytes & mask else { return nil }
    }

    package static let loopback = ["127.0.0.0/8", "::1"].compactMap { NetworkRange($0) }

    package func contains(_ address: PeerAddress) -> Bool {
        !address.isLocal && address.isIPv4 == first.isIPv4 && address.bytes & mask == first.bytes
    }

    private var mask: SIMD16<UInt8> {
        var mask = SIMD16<UInt8>()
        for index in 0..<16 {
            let bits = min(8, max(0, bitCount - 8 * index))
            mask[index] = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
        }
        return mask
    }

    package var description: String {
        let address = first.withText { text in
            String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
        }
        if first.isLocal { return "::/\(bitCount)" }
        return bitCount == 128 ? address : "\(address)/\(bitCount - (first.isIPv4 ? 96 : 0))"
    }
}
