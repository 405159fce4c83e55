import Testing

@testable import Coalescing

@Suite struct QuotaTableTests {
    private static let noon: Int64 = 20_000 * 86_400 + 43_200

    private static func client(_ number: Int) -> QuotaTable.Client {
        var bytes = QuotaTable.Client()
        for place in 0..<8 { bytes[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
        bytes[15] = 1
        return bytes
    }

    private static func time(_ seconds: Double) -> QuotaTime {
        QuotaTime(
            nanoseconds: UInt64(seconds * 1e9) + 1_000_000_000,
            wallSeconds: noon + Int64(seconds))
    }

    /// How many of `count` requests at one moment are let through, and the last one's wait.
    private func admitted(
        _ count: Int, of client: Int, at seconds: Double, by table: inout QuotaTable
    ) -> (count: Int, wait: Int?) {
        var admitted = 0
        var wait: Int?
        for _ in 0..<count {
            wait = table.admitRequest(of: Self.client(client), at: Self.time(seconds))
            if wait == nil { admitted += 1 }
        }
        return (admitted, wait)
    }

    @Test(arguments: [1, 3, 100, 5000])
    func requestsAreSavedUpForTenSecondsAndComeBackAtTheirRate(rate: Int) {
        var table = QuotaTable(QuotaLimits(requestsPerSecond: rate))
        let first = admitted(rate * 20, of: 1, at: 0, by: &table)
        #expect(first.count == rate * 10 && first.wait == 1)
        // Refused ones cost nothing: a second later there is one second's worth.
        #expect(admitted(rate * 20, of: 1, at: 1, by: &table).count == rate)
        #expect(admitted(rate * 20, of: 1, at: 1.5, by: &table).count == rate / 2)
        #expect(admitted(rate * 20, of: 2, at: 1.5, by: &table).count == rate * 10)
        let later = admitted(rate * 20, of: 1, at: 100, by: &table)
        #expect(later.count == rate * 10)
    }

    @Test func theWaitIsWhatIsMissing() {
        var table = QuotaTable(QuotaLimits(requestsPerSecond: 1))
        #expect(admitted(11, of: 1, at: 0, by: &table).wait == 1)
        #expect(table.admitRequest(of: Self.client(1), at: Self.time(0.99)) == 1)
        #expect(table.admitRequest(of: Self.client(1), at: Self.time(1)) == nil)
    }

    @Test func bytesAreADaysAndBackAtMidnight() {
        var table = QuotaTable(QuotaLimits(requestsPerSecond: 0, bytesPerDay: 1000))
        let client = Self.client(1)
        #expect(table.waitForBytes(1000, of: client, at: Self.time(0)) == nil)
        #expect(table.waitForBytes(1001, of: client, at: Self.time(0)) == 43_200)
        table.charge(600, to: client, at: Self.time(0))
        #expect(table.waitForBytes(400, of: client, at: Self.time(10)) == nil)
        #expect(table.waitForBytes(401, of: client, at: Self.time(10)) == 43_190)
        table.charge(.max, to: client, at: Self.time(10))
        #expect(table.waitForBytes(1, of: client, at: Self.time(43_199)) == 1)
        #expect(table.waitForBytes(1, of: Self.client(2), at: Self.time(43_199)) == nil)
        #expect(table.waitForBytes(1000, of: client, at: Self.time(43_200)) == nil)
        #expect(table.waitForBytes(1001, of: client, at: Self.time(43_200)) == 86_400)
        // Requests were not asked to be counted.
        #expect(admitted(5000, of: 1, at: 0, by: &table).count == 5000)
    }

    @Test func withoutLimitsEverythingPasses() {
        var table = QuotaTable(QuotaLimits(requestsPerSecond: 0))
        #expect(QuotaLimits(requestsPerSecond: 0).isOff)
        #expect(admitted(100_000, of: 1, at: 0, by: &table).count == 100_000)
        table.charge(.max, to: Self.client(1), at: Self.time(0))
        #expect(table.waitForBytes(.max, of: Self.client(1), at: Self.time(0)) == nil)
    }

    /// More clients than places: the sum of what they get stays bounded, and whoever had a place
    /// keeps what is its own.
    @Test func whoFindsNoPlaceSharesOne() {
        var table = QuotaTable(QuotaLimits(requestsPerSecond: 1), clientCount: 64)
        let known = admitted(10, of: 0, at: 0, by: &table)
        #expect(known.count == 10)
        var total = 0
        for client in 1...10_000 { total += admitted(20, of: client, at: 0, by: &table).count }
        #expect(total <= 64 * 10 && total >= 300)
        #expect(admitted(20, of: 0, at: 0, by: &table).count == 0)
        // When it all counts no more, the places are free again.
        for client in 20_000..<20_008 {
            #expect(admitted(20, of: client, at: 60, by: &table).count == 10)
        }
    }

    /// A client that used up its bytes is not forgotten for being quiet, until the day ends.
    @Test func aPlaceIsHeldAsLongAsItCounts() {
        var table = QuotaTable(QuotaLimits(requestsPerSecond: 0, bytesPerDay: 10), clientCount: 8)
        for client in 0..<8 { table.charge(10, to: Self.client(client), at: Self.time(0)) }
        table.charge(10, to: Self.client(8), at: Self.time(0))
        for client in 0..<10 {
            let wait = table.waitForBytes(1, of: Self.client(client), at: Self.time(40_000))
            #expect(wait != nil, "\(client)")
        }
        #expect(table.waitForBytes(10, of: Self.client(9), at: Self.time(50_000)) == nil)
    }
}
