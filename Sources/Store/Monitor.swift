internal import CLMDB
internal import Glibc

/// A value under a lock, with a condition to wait for (`pthread_mutex_lock`, `pthread_cond_wait`).
///
/// `Mutex` has no condition, and its way through contention is in a library that the thread
/// sanitizer does not see into. `@unchecked Sendable` because the value is touched under the lock
/// only, and lock and condition never move.
@safe package final class Monitor<Value: Sendable>: @unchecked Sendable {
    private var value: Value
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init(_ value: Value) {
        self.value = value
        unsafe lock = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(lock)
        unsafe condition.deallocate()
        unsafe lock.deallocate()
    }

    package func withLock<R>(_ body: (inout Value) -> R) -> R {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return body(&value)
    }

    /// Wakes one who waits.
    package func signal() { unsafe pthread_cond_signal(condition) }

    /// Waits until `isReady`, or no longer than `seconds`, and calls `body`.
    package func wait<R>(
        seconds: Int, until isReady: (Value) -> Bool, _ body: (inout Value) -> R
    ) -> R {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += seconds
        while !isReady(value) {
            if unsafe pthread_cond_timedwait(condition, lock, &deadline) != 0 { break }
        }
        return body(&value)
    }
}
