internal import Glibc

/// Asks until it is so. A test waits for states, never for a time: the seconds only end a test
/// that would wait for ever, and are far more than a slow machine needs.
package func eventually(
    seconds: Double = 120, _ condition: () throws -> Bool
) rethrows -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    repeat {
        if try condition() { return true }
        poll(nil, 0, 1)
    } while clock.now < end
    return false
}
