import Testing

@testable import ObjectStore

@Suite struct CircuitBreakerTests {
    @Test func opensAtTheFifthFailureInARowAndTellsOnce() {
        var breaker = CircuitBreaker()
        var told = (1..<CircuitBreaker.failuresToOpen).map { _ in breaker.fail() }
        told.append(breaker.succeed())
        told += (1..<CircuitBreaker.failuresToOpen).map { _ in breaker.fail() }
        #expect(!told.contains(true))
        #expect(breaker.state == .closed)
        told = [breaker.fail(), breaker.fail()]
        #expect(told == [true, false])
        #expect(breaker.state == .open)
    }

    @Test func oneSuccessClosesIt() {
        var breaker = CircuitBreaker()
        for _ in 0..<CircuitBreaker.failuresToOpen { _ = breaker.fail() }
        let told = [breaker.succeed(), breaker.succeed()]
        #expect(told == [true, false])
        #expect(breaker.state == .closed)
    }
}
