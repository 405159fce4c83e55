import Testing

@testable import Ingest
import Text

/// A stamp is a number here; time is counted in seconds.
@Suite struct DropQueueTests {
    private func makeQueue(capacity: Int = 10) -> DropQueue<Int> {
        DropQueue(capacity: capacity, settlingTime: .seconds(2))
    }

    @Test func aClosedFileIsTakenAtOnceAndOnce() {
        var queue = makeQueue()
        queue.complete("a")
        queue.complete("a")
        #expect(queue.next() == "a")
        #expect(queue.next() == nil)
        queue.done("a")
        #expect(queue.count == 0)
    }

    @Test func aFoundFileWaitsUntilItHasStayedTheSame() {
        var queue = makeQueue()
        queue.found("a", 1, now: .zero)
        queue.settle(now: .seconds(1)) { _ in 1 }
        #expect(queue.next() == nil)
        queue.settle(now: .seconds(2)) { _ in 2 }
        #expect(queue.next() == nil, "it has changed")
        #expect(queue.nextDue == .seconds(4))
        queue.settle(now: .seconds(4)) { _ in 2 }
        #expect(queue.next() == "a")
    }

    @Test func aFoundFileThatIsGoneIsForgotten() {
        var queue = makeQueue()
        queue.found("a", 1, now: .zero)
        queue.settle(now: .seconds(2)) { _ in nil }
        #expect(queue.next() == nil && queue.count == 0)
    }

    @Test func closingEndsTheSettling() {
        var queue = makeQueue()
        queue.found("a", 1, now: .zero)
        queue.complete("a")
        #expect(queue.next() == "a")
        queue.settle(now: .seconds(2)) { _ in 1 }
        #expect(queue.next() == nil, "it is in hand")
    }

    @Test func aFileThatIsWrittenWhileItIsInHandComesAgain() {
        var queue = makeQueue()
        queue.complete("a")
        #expect(queue.next() == "a")
        queue.complete("a")
        #expect(queue.next() == nil)
        queue.done("a")
        #expect(queue.next() == "a")
    }

    @Test func beyondItsCapacityItAsksForALookAround() {
        var queue = makeQueue(capacity: 2)
        queue.beginLookingAround()
        queue.complete("a")
        queue.complete("b")
        #expect(!queue.mustLookAround)
        queue.complete("c")
        #expect(queue.mustLookAround && queue.count == 2 && !queue.canLookAround)
        let hasRoom = queue.found("d", 1, now: .zero)
        #expect(!hasRoom)
        #expect(queue.next() == "a")
        queue.done("a")
        #expect(queue.canLookAround)
    }
}
