import Coding
import Digest
import Foundation
import Rendition

/// Whether the time that a forged signature takes to be refused tells where it is wrong. See
/// loadtest/README.md.
@main struct SealBench {
    private static let keys = URLKeys([("k1", Array(0..<32))])
    private static let target = Array(
        "/thumbs/320x240/\(String(repeating: "0123456789abcdef", count: 4)).webp?fit=cover".utf8)
    private static let gate = URLGate(sizes: .signed, originalsAreSigned: true, keys: keys)
    /// One clock reading for so many calls.
    private static let batch = 200
    private static let places = [0, 7, 8, 15, 16, 24, 31]

    static func main() {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 20_000
        guard let sealed = keys.sealing(target) else { preconditionFailure("there is a key") }
        let forged = places.map { forgery(of: sealed, at: $0) }
        var random = SystemRandomNumberGenerator()
        // In an order of its own each round, so that what else the machine does is everybody's.
        var times = places.map { _ in [Double]() }
        for _ in 0..<rounds {
            for index in places.indices.shuffled(using: &random) {
                times[index].append(time(forged[index]))
            }
        }
        let medians = times.map { $0.sorted()[rounds / 2] }
        print("first wrong byte   ns to refuse it, median")
        for (place, median) in zip(places, medians) { print(row("\(place)", median)) }
        print(row("last / first", medians[medians.count - 1] / medians[0]))
    }

    /// The signature with one bit of this byte of its code turned.
    private static func forgery(of sealed: [UInt8], at place: Int) -> [UInt8] {
        var code = Base64.bytes(url: String(decoding: sealed.suffix(43), as: UTF8.self)) ?? []
        code[place] ^= 1
        guard let digest = SHA256Digest(bytes: code) else {
            preconditionFailure("a code has 32 bytes")
        }
        return sealed.dropLast(43)
            + Base64.text(digest.bytes.indices.map { digest.bytes[$0] }, .url)
    }

    /// Of one call, in nanoseconds.
    private static func time(_ forged: [UInt8]) -> Double {
        let begun = ContinuousClock.now
        for _ in 0..<batch {
            precondition(isRefused(forged), "a forged signature holds")
        }
        return (ContinuousClock.now - begun) / .nanoseconds(1) / Double(batch)
    }

    @inline(never)
    private static func isRefused(_ target: [UInt8]) -> Bool {
        gate?.refusal(
            of: target.span, seal: URLSeal(in: target.span), isOpen: false, now: { 0 })
            == .badSignature
    }

    private static func row(_ name: String, _ value: Double) -> String {
        name.padding(toLength: 19, withPad: " ", startingAt: 0) + String(format: "%.3f", value)
    }
}
