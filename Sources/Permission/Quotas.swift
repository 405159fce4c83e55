package import Coalescing
package import LinuxIO
internal import Synchronization
package import Telemetry

/// What each client may take, per address and per token: checked before a request's body is read,
/// and as it comes. Without limits there are no tables, and a check is one comparison.
package final class Quotas: Sendable {
    /// 0 is no limit.
    package struct Limits: Equatable, Sendable {
        package var addressRequestsPerSecond = 0
        package var addressBytesPerDay = 0
        package var tokenRequestsPerSecond = 0
        package var tokenBytesPerDay = 0
        /// Of one address, for images, hits and misses alike.
        package var deliveryRequestsPerSecond = 0

        package init() {}
    }

    /// What a client is told, and what is counted.
    package struct Refusal {
        package let counter: Counter
        package let retryAfterSeconds: Int
    }

    private let addresses: SharedQuota?
    private let tokens: SharedQuota?
    private let delivery: SharedQuota?
    private let now: @Sendable () -> QuotaTime

    package init(
        _ limits: Limits, now: @escaping @Sendable () -> QuotaTime = { QuotaTime() }
    ) {
        addresses = SharedQuota(limits.addressRequestsPerSecond, limits.addressBytesPerDay)
        tokens = SharedQuota(limits.tokenRequestsPerSecond, limits.tokenBytesPerDay)
        delivery = SharedQuota(limits.deliveryRequestsPerSecond, 0)
        self.now = now
    }

    /// Uploads and the index.
    package func admit(_ address: PeerAddress) -> Refusal? {
        Self.admit(address.network.bytes, by: addresses, .quotaAddressRequests, now)
    }

    package func admit(token: QuotaTable.Client) -> Refusal? {
        Self.admit(token, by: tokens, .quotaTokenRequests, now)
    }

    package var limitsDelivery: Bool { delivery != nil }

    /// On the way of a hit, where there is such a limit.
    package func admitDelivery(to address: PeerAddress) -> Refusal? {
        Self.admit(address.network.bytes, by: delivery, .quotaDeliveryRequests, now)
    }

    private static func admit(
        _ client: QuotaTable.Client, by quota: SharedQuota?, _ counter: Counter,
        _ now: () -> QuotaTime
    ) -> Refusal? {
        guard let quota else { return nil }
        let time = now()
        let wait = quota.table.withLock { $0.admitRequest(of: client, at: time) }
        return wait.map { Refusal(counter: counter, retryAfterSeconds: $0) }
    }

    /// Whether so many bytes more are too many for one of the two.
    package func refusal(
        of byteCount: Int, from address: PeerAddress, token: QuotaTable.Client?
    ) -> Refusal? {
        let time = now()
        let network = address.network.bytes
        if let wait = addresses?.table.withLock({
            $0.waitForBytes(byteCount, of: network, at: time)
        }) {
            return Refusal(counter: .quotaAddressBytes, retryAfterSeconds: wait)
        }
        guard let token,
            let wait = tokens?.table.withLock({
                $0.waitForBytes(byteCount, of: token, at: time)
            })
        else { return nil }
        return Refusal(counter: .quotaTokenBytes, retryAfterSeconds: wait)
    }

    package func charge(_ byteCount: Int, to address: PeerAddress, token: QuotaTable.Client?) {
        let time = now()
        addresses?.table.withLock { $0.charge(byteCount, to: address.network.bytes, at: time) }
        guard let token else { return }
        tokens?.table.withLock { $0.charge(byteCount, to: token, at: time) }
    }
}

/// One table for all threads. Nobody waits on its lock for longer than a look into it takes.
private final class SharedQuota: Sendable {
    let table: Mutex<QuotaTable>

    init?(_ requestsPerSecond: Int, _ bytesPerDay: Int) {
        let limits = QuotaLimits(
            requestsPerSecond: requestsPerSecond, bytesPerDay: bytesPerDay)
        guard !limits.isOff else { return nil }
        table = Mutex(QuotaTable(limits))
    }
}

extension QuotaTime {
    /// Now.
    package init() {
        self.init(
            nanoseconds: Clock.monotonicNanoseconds(), wallSeconds: Clock.coarseWallSeconds())
    }
}
