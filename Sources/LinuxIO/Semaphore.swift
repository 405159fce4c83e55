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

    /// Waits no longer than that; whether it was signalled.
    @discardableResult
    package func wait(milliseconds: Int) -> Bool {
        unsafe CLinux_wait(semaphore, CInt(clamping: milliseconds)) != 0
    }
}
