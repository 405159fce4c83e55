package import LinuxIO

/// What a balancer that passes on bytes says before them: who connected to it (PROXY protocol,
/// versions 1 and 2, www.haproxy.org/download/2.9/doc/proxy-protocol.txt).
package struct ProxyHeader: Equatable, Sendable {
    /// `nil`: the balancer speaks for itself, as its checks do, or knows no address.
    package let client: PeerAddress?
    package let byteCount: Int

    package enum Outcome: Equatable, Sendable {
        /// Nothing wrong so far.
        case incomplete
        case complete(ProxyHeader)
        case malformed
    }

    /// Of version 1 (§2.1), with its end of line.
    private static let longestLine = 107
    /// Of version 2, as much as is taken: addresses of 216 bytes, and TLVs.
    private static let longestBlock = 4096
    /// Of both: what has to be held to read one.
    package static let longest = longestBlock

    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    private static let word: [UInt8] = Array("PROXY ".utf8)

    /// Whether no request begins like this.
    package static func begins(_ bytes: Span<UInt8>) -> Bool {
        begins(bytes, with: word) || begins(bytes, with: signature)
    }

    package static func parse(_ bytes: Span<UInt8>) -> Outcome {
        guard !bytes.isEmpty else { return .incomplete }
        if begins(bytes, with: word) {
            return bytes.count < word.count ? .incomplete : parseLine(bytes)
        }
        guard begins(bytes, with: signature) else { return .malformed }
        return parseBlock(bytes)
    }

    private static func begins(_ bytes: Span<UInt8>, with start: [UInt8]) -> Bool {
        for index in 0..<min(bytes.count, start.count) where bytes[index] != start[index] {
            return false
        }
        return !bytes.isEmpty
    }

    // MARK: Version 1

    private static func parseLine(_ bytes: Span<UInt8>) -> Outcome {
        var end: Int?
        for index in 0..<min(bytes.count, longestLine) where bytes[index] == 0x0A {
            end = index
            break
        }
        guard let end else { return bytes.count < longestLine ? .incomplete : .malformed }
        guard bytes[end - 1] == 0x0D else { return .malformed }
        let words = words(of: bytes.extracting(word.count..<end - 1))
        guard let family = words.first else { return .malformed }
        let byteCount = end + 1
        let name = bytes.extracting(family)
        if isEqual(name, "UNKNOWN") {
            return .complete(ProxyHeader(client: nil, byteCount: byteCount))
        }
        let isIPv4 = isEqual(name, "TCP4")
        guard isIPv4 || isEqual(name, "TCP6"), words.count == 5,
            let client = PeerAddress(bytes.extracting(words[1])),
            let balancer = PeerAddress(bytes.extracting(words[2])),
            isPort(bytes.extracting(words[3])), isPort(bytes.extracting(words[4])),
            // An address of the other family may be written as one of this (RFC 4291 §2.5.5.2).
            !isIPv4 || (client.isIPv4 && balancer.isIPv4)
        else { return .malformed }
        return .complete(ProxyHeader(client: client, byteCount: byteCount))
    }

    /// Between single spaces, as places in the whole.
    private static func words(of line: Span<UInt8>) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start = 0
        for index in 0...line.count where index == line.count || line[index] == 0x20 {
            words.append(word.count + start..<word.count + index)
            start = index + 1
            if words.count > 5 { break }
        }
        return words
    }

    private static func isEqual(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        return bytes.indices.allSatisfy { unsafe bytes[$0] == text.utf8Start[$0] }
    }

    private static func isPort(_ digits: Span<UInt8>) -> Bool {
        guard (1...5).contains(digits.count), digits.count == 1 || digits[0] != 0x30
        else { return false }
        var number = 0
        for index in digits.indices {
            guard (0x30...0x39).contains(digits[index]) else { return false }
            number = number * 10 + Int(digits[index] - 0x30)
        }
        return number <= 65_535
    }

    // MARK: Version 2

    private static func parseBlock(_ bytes: Span<UInt8>) -> Outcome {
        let headCount = 16
        guard bytes.count >= headCount else {
            // Command and version are the 13th byte.
            guard bytes.count > 12 else { return .incomplete }
            return bytes[12] >> 4 == 2 ? .incomplete : .malformed
        }
        let (version, command) = (bytes[12] >> 4, bytes[12] & 15)
        let byteCount = headCount + (Int(bytes[14]) << 8 | Int(bytes[15]))
        guard version == 2, command <= 1, byteCount <= longestBlock else { return .malformed }
        guard bytes.count >= byteCount else { return .incomplete }
        let addressCount: Int
        switch bytes[13] >> 4 {
        case 0: addressCount = 0
        case 1: addressCount = 12
        case 2: addressCount = 36
        case 3: addressCount = 216
        default: return .malformed
        }
        guard bytes[13] & 15 <= 2, byteCount >= headCount + addressCount else {
            return .malformed
        }
        // What stands behind the addresses of an unknown family is not known to be TLVs.
        let extras =
            bytes[13] >> 4 == 0 ? byteCount..<byteCount : headCount + addressCount..<byteCount
        guard areSound(extras, of: bytes.extracting(first: byteCount)) else { return .malformed }
        let isForAnother = command == 1 && bytes[13] & 15 == 1
        let client = isForAnother ? address(of: bytes[13] >> 4, in: bytes, at: headCount) : nil
        return .complete(ProxyHeader(client: client, byteCount: byteCount))
    }

    private static func address(
        of family: UInt8, in bytes: Span<UInt8>, at start: Int
    ) -> PeerAddress? {
        if family == 1 {
            let address = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[start + $1]) }
            return PeerAddress(ipv4: address)
        }
        guard family == 2 else { return nil }
        var address = SIMD16<UInt8>()
        for index in 0..<16 { address[index] = bytes[start + index] }
        let client = PeerAddress(bytes: address)
        return client.isLocal ? nil : client
    }

    /// Whether the TLVs are whole, and their checksum, if they have one, is right. What else they
    /// say is passed over.
    private static func areSound(_ place: Range<Int>, of block: Span<UInt8>) -> Bool {
        var position = place.lowerBound
        while position < place.upperBound {
            guard position + 3 <= place.upperBound else { return false }
            let start = position + 3
            let count = Int(block[position + 1]) << 8 | Int(block[position + 2])
            guard start + count <= place.upperBound else { return false }
            switch block[position] {
            case 0x03:  // PP2_TYPE_CRC32C, over the whole with zeros for itself.
                guard count == 4 else { return false }
                let given = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(block[start + $1]) }
                guard given == checksum(block, without: start..<start + 4) else { return false }
            case 0x20:  // PP2_TYPE_SSL
                guard count >= 5 else { return false }
            default: break
            }
            position = start + count
        }
        return true
    }

    /// CRC-32C (RFC 4960 appendix B).
    private static func checksum(_ bytes: Span<UInt8>, without hole: Range<Int>) -> UInt32 {
        var sum = UInt32.max
        for index in bytes.indices {
            sum ^= UInt32(hole.contains(index) ? 0 : bytes[index])
            for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return ~sum
    }
}
