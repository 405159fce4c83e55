import LinuxIO
import Synchronization

/// Puts under way.
final class Flights: Sendable {
    static let window = 128
    let count = Mutex(0)
    let worst = Mutex<UInt64>(0)
    private let returned = Semaphore()

    func takeOff() {
        while count.withLock({ $0 }) >= Self.window { returned.wait() }
        count.withLock { $0 += 1 }
    }

    func land(after nanoseconds: UInt64) {
        worst.withLock { $0 = max($0, nanoseconds) }
        count.withLock { $0 -= 1 }
        returned.signal()
    }

    func drain() {
        while count.withLock({ $0 }) > 0 { returned.wait() }
    }
}
