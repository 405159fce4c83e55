import Digest
import Glibc
import LinuxIO
import Rendition
import RenditionCache

/// Renditions of log-uniform size between 2 and 200 KB, each with a key of its own.
struct Workload {
    static let smallest = 2048.0
    static let largest = 204_800.0

    private var random: SplitMix64
    private let bytes: [UInt8]
    private(set) var made = 0

    init(seed: UInt64) {
        random = SplitMix64(state: seed)
        var source = SplitMix64(state: seed &+ 1)
        bytes = (0..<Int(Self.largest) * 2).map { _ in UInt8(truncatingIfNeeded: source.next()) }
    }

    static func key(_ number: Int) -> RenditionKey {
        let original = SHA256Digest(of: Array("original \(number / 4)".utf8))
        let digest = SHA256Digest(of: Array("rendition \(number)".utf8))
        return RenditionKey(original: ContentHash(original), digest: digest.bytes.lowHalf)
    }

    mutating func next() -> (key: RenditionKey, body: [UInt8]) {
        defer { made += 1 }
        let start = Int(random.unit() * Self.largest)
        return (Self.key(made), Array(bytes[start..<start + nextByteCount()]))
    }

    private mutating func nextByteCount() -> Int {
        Int(Self.smallest * pow(Self.largest / Self.smallest, random.unit()))
    }

    /// A number below `bound`.
    mutating func index(below bound: Int) -> Int { Int(random.unit() * Double(bound)) }
}

struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// In 0..<1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
