internal import CLinux
internal import Glibc

/// A counting semaphore for threads (sem_overview(7)). `@unchecked Sendable` because the semaphore
/// inside is made for use by several threads and never moves.
@safe package final class Semaphore: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    package init() {
        unsafe semaphore = .allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    package func signal() { unsafe sem_post(semaphore) }

    package func wait() {
        while unsafe sem_wait(semaphore) != 0 {}
    }

    package func wait(seconds: Int) { wait(milliseconds: seconds * 1000) }

    /// Waits no longer than that.
    package func wait(milliseconds: Int) {
        var end = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &end)
        end.tv_sec += milliseconds / 1000
        end.tv_nsec += milliseconds % 1000 * 1_000_000
        if end.tv_nsec >= 1_000_000_000 {
            end.tv_sec += 1
            end.tv_nsec -= 1_000_000_000
        }
        while unsafe sem_timedwait(semaphore, &end) != 0 && errno == EINTR {}
    }
}
