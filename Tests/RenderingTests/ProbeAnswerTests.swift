@testable import Rendering
import Synchronization
import Testing

@Suite struct ProbeAnswerTests {
    private static func name(_ outcome: ProbeOutcome) -> String {
        switch outcome {
        case .facts: "facts"
        case .refused: "refused"
        case .failed(let failure): failure.detail
        }
    }

    @Test func theFirstOutcomeCountsWheneverSomebodyWaits() async {
        let answer = ProbeAnswer()
        answer.give(.failed(.timedOut))
        answer.give(.failed(.workerLost))
        let outcome = await withCheckedContinuation { answer.await($0) }
        #expect(Self.name(outcome) == RenditionFailure.timedOut.detail)
    }

    @Test func theAnswerWaitsForItsMaster() async {
        let answer = ProbeAnswer()
        answer.beginKeepingMaster()
        answer.give(.failed(.timedOut))
        let isKept = Mutex(false)
        async let outcome: ProbeOutcome = withCheckedContinuation { continuation in
            answer.await(continuation)
            isKept.withLock { $0 = true }
            answer.masterIsKept()
        }
        #expect(Self.name(await outcome) == RenditionFailure.timedOut.detail)
        #expect(isKept.withLock { $0 })
    }

    @Test func whoeverComesSecondAbandonsTheJob() {
        let first = ProbeAnswer()
        #expect(!first.setJob(7))
        #expect(first.cancel() == 7)
        let second = ProbeAnswer()
        #expect(second.cancel() == nil)
        #expect(second.setJob(8))
    }
}
