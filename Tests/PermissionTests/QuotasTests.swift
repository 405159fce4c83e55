import Coalescing
import LinuxIO
import Permission
import Synchronization
import Telemetry
import Testing

@Suite struct QuotasTests {
    private static let peer = PeerAddress(bytes: SIMD16(repeating: 7))

    /// A clock that stands until it is moved.
    private final class Time: Sendable {
        private let seconds = Mutex<Int64>(1_000_000)
        var now: QuotaTime {
            let seconds = seconds.withLock { $0 }
            return QuotaTime(nanoseconds: UInt64(seconds) * 1_000_000_000, wallSeconds: seconds)
        }
        func pass(seconds: Int64) { self.seconds.withLock { $0 += seconds } }
    }

    @Test func withoutLimitsNobodyIsRefused() {
        let quotas = Quotas(Quotas.Limits())
        for _ in 0..<1000 {
            #expect(quotas.admit(Self.peer) == nil)
            #expect(quotas.admit(token: SIMD16(repeating: 1)) == nil)
        }
        #expect(!quotas.limitsDelivery)
        #expect(quotas.refusal(of: .max, from: Self.peer, token: SIMD16(repeating: 1)) == nil)
    }

    @Test func requestsBeyondTheRateWaitAndThenGoOn() throws {
        let time = Time()
        var limits = Quotas.Limits()
        limits.deliveryRequestsPerSecond = 2
        let quotas = Quotas(limits) { time.now }
        #expect(quotas.limitsDelivery)
        var admitted = 0
        while quotas.admitDelivery(to: Self.peer) == nil, admitted < 100 { admitted += 1 }
        #expect((2..<100).contains(admitted))
        let refusal = try #require(quotas.admitDelivery(to: Self.peer))
        #expect(refusal.counter == .quotaDeliveryRequests)
        // Who comes from elsewhere is not concerned.
        #expect(quotas.admitDelivery(to: PeerAddress(bytes: SIMD16(repeating: 9))) == nil)
        time.pass(seconds: Int64(refusal.retryAfterSeconds))
        #expect(quotas.admitDelivery(to: Self.peer) == nil)
    }

    @Test func bytesAreChargedToAddressAndToken() {
        let time = Time()
        let token = SIMD16<UInt8>(repeating: 1)
        var limits = Quotas.Limits()
        limits.tokenBytesPerDay = 100
        let quotas = Quotas(limits) { time.now }
        #expect(quotas.refusal(of: 60, from: Self.peer, token: token) == nil)
        quotas.charge(60, to: Self.peer, token: token)
        #expect(
            quotas.refusal(of: 60, from: Self.peer, token: token)?.counter == .quotaTokenBytes)
        #expect(quotas.refusal(of: 60, from: Self.peer, token: nil) == nil)
        #expect(quotas.refusal(of: 40, from: Self.peer, token: token) == nil)
    }
}
