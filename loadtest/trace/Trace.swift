import Foundation

/// Requests in order: keys are dense numbers, and each key has one size.
struct Trace {
    let name: String
    var sizes: [Int32]
    var keys: [Int32]

    var footprintBytes: Int { sizes.reduce(0) { $0 + Int($1) } }

    /// Popularity that falls with rank as `rank^-exponent`, each request independent of the others;
    /// sizes log-uniform from 2 to 200 KB and independent of rank.
    static func zipf(exponent: Double, objects: Int, requests: Int) -> Trace {
        var random = SplitMix64(state: 1)
        let ranks = ZipfRanks(exponent: exponent, count: objects)
        let sizes = (0..<objects).map { _ in randomSize(&random) }
        let keys = (0..<requests).map { _ in Int32(ranks.rank(random.unit())) }
        return Trace(name: "Zipf \(exponent)", sizes: sizes, keys: keys)
    }

    /// The same with a third of the requests for objects nobody has asked for before, of which half
    /// are asked for once more within the next thousand requests, and then never again: crawlers,
    /// and pages that are looked at once and reloaded.
    static func zipfWithStrangers(exponent: Double, objects: Int, requests: Int) -> Trace {
        var trace = zipf(exponent: exponent, objects: objects, requests: requests)
        var random = SplitMix64(state: 2)
        var again: [Int: Int32] = [:]
        for index in trace.keys.indices {
            if let key = again.removeValue(forKey: index) {
                trace.keys[index] = key
            } else if random.unit() < 1.0 / 4.5 {
                let key = Int32(trace.sizes.count)
                trace.sizes.append(randomSize(&random))
                trace.keys[index] = key
                if random.unit() < 0.5 { again[index + 1 + Int(random.unit() * 1000)] = key }
            }
        }
        return Trace(
            name: "Zipf \(exponent) + strangers", sizes: trace.sizes, keys: trace.keys)
    }

    /// Lines of key and size, separated by a space, a comma or a tab; the first size of a key
    /// counts.
    init?(file: URL) {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        var numbers: [Substring: Int32] = [:]
        (sizes, keys) = ([], [])
        for line in text.split(separator: "\n") {
            let fields = line.split { $0 == " " || $0 == "," || $0 == "\t" }
            guard fields.count >= 2, let size = Int32(fields[1]), size > 0 else { continue }
            let number = numbers[fields[0], default: Int32(sizes.count)]
            if Int(number) == sizes.count {
                numbers[fields[0]] = number
                sizes.append(size)
            }
            keys.append(number)
        }
        if keys.isEmpty { return nil }
        name = file.lastPathComponent
    }

    private init(name: String, sizes: [Int32], keys: [Int32]) {
        (self.name, self.sizes, self.keys) = (name, sizes, keys)
    }

    private static func randomSize(_ random: inout SplitMix64) -> Int32 {
        Int32(2048 * exp(log(100) * random.unit()))
    }
}

/// Ranks drawn by a Zipf distribution.
struct ZipfRanks {
    private var cumulative: [Double] = []

    init(exponent: Double, count: Int) {
        var sum = 0.0
        for rank in 1...count {
            sum += pow(Double(rank), -exponent)
            cumulative.append(sum)
        }
    }

    /// - Parameter share: in 0..<1.
    func rank(_ share: Double) -> Int {
        let wanted = share * (cumulative.last ?? 0)
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low
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
