import Glibc

/// Requests for objects whose popularity falls with their rank as `rank^-exponent`, each independent
/// of the others; sizes are log-uniform and independent of rank.
struct Zipf {
    let name: String
    let sizes: [Int32]
    let keys: [Int32]

    init(exponent: Double, objects: Int, requests: Int, bytes: ClosedRange<Double>, seed: UInt64) {
        var random = SplitMix64(state: seed)
        var cumulative: [Double] = []
        cumulative.reserveCapacity(objects)
        var sum = 0.0
        for rank in 1...objects {
            sum += pow(Double(rank), -exponent)
            cumulative.append(sum)
        }
        let spread = log(bytes.upperBound / bytes.lowerBound)
        sizes = (0..<objects).map { _ in
            Int32(bytes.lowerBound * exp(spread * random.unit()))
        }
        keys = (0..<requests).map { _ in
            let wanted = random.unit() * sum
            var (low, high) = (0, objects - 1)
            while low < high {
                let middle = (low + high) / 2
                if cumulative[middle] < wanted { low = middle + 1 } else { high = middle }
            }
            return Int32(low)
        }
        name = "Zipf \(exponent)"
    }
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
