import JSON
import Testing
import Text

@testable import Telemetry

@Suite struct StatsTests {
    private static let second: UInt64 = 1_000_000_000

    private func record(
        _ metrics: Metrics, _ status: UInt16, nanoseconds: UInt64 = 30_000,
        _ target: String = "/thumbs/9x9/a", reason: String = "", id: UInt64 = 1
    ) {
        let request = RequestRecord(
            requestID: id, startedAtMicroseconds: 0, durationNanoseconds: nanoseconds,
            method: .get, route: .thumbs, status: status, byteCount: 100, cacheResult: .hit)
        let (target, reason) = (Array(target.utf8), Array(reason.utf8))
        let nothing: [UInt8] = []
        metrics.loops[0].record(
            request, target: target.span, remote: nothing.span, reason: reason.span)
    }

    private func stats(_ metrics: Metrics, at now: UInt64) throws -> JSONValue {
        var json = JSONWriter()
        json.beginObject()
        metrics.appendStats(to: &json, at: now, process: nil)
        json.endObject()
        return try JSONValue(json.finish())
    }

    private func number(_ path: String, _ value: JSONValue) -> Double? {
        var value = value
        for name in path.split(separator: ".") {
            guard case .object(let members) = value,
                let next = members.first(where: { $0.name.string == name })?.value
            else { return nil }
            value = next
        }
        guard case .number(let number) = value else { return nil }
        return Double("\(number)")
    }

    @Test func ratesAreOfTheLastMinute() throws {
        let start = 1000 * Self.second
        let metrics = Metrics(loopCount: 1, now: start)
        for _ in 0..<600 { record(metrics, 200) }
        metrics.loops[0].count(.cacheHits, 600)
        #expect(
            number("requests.perSecond", try stats(metrics, at: start + 10 * Self.second)) == 60)
        for second in 1...60 { metrics.sample(at: start + UInt64(second) * Self.second) }
        record(metrics, 200)
        metrics.count(.cacheMisses)
        let later = try stats(metrics, at: start + 61 * Self.second)
        #expect(number("requests.total", later) == 601)
        #expect(number("requests.perSecond", later) == (1.0 / 60 * 1000).rounded() / 1000)
        #expect(number("renditions.hitRatio", later) == 0)
        #expect(number("renditions.hitRatioSinceStart", later) == 0.9983)
        #expect(number("latencySeconds.hit.count", later) == 1)
        #expect(number("windowSeconds", later) == 60)
    }

    @Test func aSecondHasOneSample() throws {
        let metrics = Metrics(loopCount: 1, now: 0)
        record(metrics, 200)
        for now in 0..<100 { metrics.sample(at: UInt64(now)) }
        #expect(number("requests.perSecond", try stats(metrics, at: Self.second)) == 1)
    }

    @Test func withoutRequestsThereIsNoRatioAndNoLatency() throws {
        let stats = try stats(Metrics(loopCount: 1, now: 0), at: 0)
        #expect(number("renditions.hitRatio", stats) == nil)
        #expect(number("latencySeconds.hit.p50", stats) == nil)
        #expect(number("requests.perSecond", stats) == 0)
    }

    @Test func theLastHundredErrorsAreToldWithoutSecrets() throws {
        let metrics = Metrics(loopCount: 1, now: 0)
        record(metrics, 404, reason: "no error of ours")
        for id in 1...150 {
            record(
                metrics, 503, "/thumbs/9x9/a?expires=77&signature=secret", reason: "No worker.",
                id: UInt64(id))
        }
        let entries = metrics.recentErrors.entries
        #expect(entries.map(\.requestID) == (51...150).reversed().map { UInt64($0) })
        #expect(entries.allSatisfy { $0.reason == "No worker." && !$0.target.contains("secret") })
        #expect(entries.allSatisfy { !$0.target.contains("77") })
    }

    @Test func quantilesLieWithinTheirBuckets() {
        var buckets = [UInt64](repeating: 0, count: DurationBuckets.count)
        #expect(LatencyFigures(buckets).quantile(0.5) == nil)
        buckets[1] = 90  // To 50 µs.
        buckets[4] = 10  // To 500 µs.
        let figures = LatencyFigures(buckets)
        #expect(figures.quantile(0.5) == 0.000039)
        #expect(figures.quantile(0.95) == 0.000375)
        buckets = [UInt64](repeating: 0, count: DurationBuckets.count)
        buckets[DurationBuckets.count - 1] = 1
        #expect(LatencyFigures(buckets).quantile(0.5) == 30)
    }

    @Test(arguments: [1, 3, 10])
    func aRingKeepsTheLast(capacity: Int) {
        var ring = Ring<Int>(capacity: capacity)
        #expect(ring.oldest == nil)
        for number in 0..<25 {
            ring.append(number)
            let first = max(0, number - capacity + 1)
            #expect(ring.newestFirst == (first...number).reversed())
            #expect(ring.oldest == first)
        }
    }
}
