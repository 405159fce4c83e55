import HTTP
import Testing

@testable import HTTPServer

/// The machine as a value: no socket, no clock, no handler.
@Suite struct RequestCycleTests {
    private static let second: UInt64 = 1_000_000_000
    /// Bodies up to here are dropped for a connection's sake.
    private static let discarding: UInt64 = 1000

    private func head(_ lines: String...) throws -> RequestHead {
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        guard case .complete(let head) = RequestHead.parse(bytes.span, limits: HeadLimits()) else {
            throw NoHead()
        }
        return head
    }

    private struct NoHead: Error {}

    private func came(_ head: RequestHead, at now: UInt64 = 0) -> RequestCycle {
        var cycle = RequestCycle()
        cycle.open(at: now)
        cycle.headBegan(at: now)
        cycle.requestCame(head, isLast: false)
        return cycle
    }

    private func post(_ field: String, _ other: String = "X: y") throws -> RequestHead {
        try head("POST / HTTP/1.1", "Host: h", field, other)
    }

    // MARK: Requests and what follows them

    @Test func oneAnsweredAtOnceIsFollowedByTheNext() throws {
        var cycle = came(try head("GET / HTTP/1.1", "Host: h"))
        cycle.answerBegan(sent: 70)
        #expect(cycle.answerEnded(at: 5, discarding: 0) == .nextRequest)
        #expect(cycle.phase == .readingHead && cycle.since == 5 && cycle.sentByteCount == 70)
    }

    @Test func theAnswerSaysWhetherItIsTheLast() throws {
        let cases: [(head: RequestHead, isLast: Bool, said: RequestCycle.Announcement)] = [
            (try head("GET / HTTP/1.1", "Host: h"), false, .nothing),
            (try head("GET / HTTP/1.1", "Host: h"), true, .close),
            (try head("GET / HTTP/1.1", "Host: h", "Connection: close"), false, .close),
            (try head("GET / HTTP/1.0", "Host: h"), false, .close),
            (try head("GET / HTTP/1.0", "Connection: keep-alive"), false, .keepAlive),
            (try post("Content-Length: 1000"), false, .nothing),
            (try post("Content-Length: 1001"), false, .close),
            (try post("Transfer-Encoding: chunked"), false, .close),
            (try post("Content-Length: 1", "Expect: 100-continue"), false, .close),
        ]
        for (head, isLast, said) in cases {
            var cycle = RequestCycle()
            cycle.open(at: 0)
            cycle.requestCame(head, isLast: isLast)
            #expect(cycle.announcement(discarding: Self.discarding) == said)
            let next = cycle.answerEnded(at: 1, discarding: Self.discarding)
            #expect((next == .finishSending) == (said == .close))
            #expect((cycle.phase == .lingering) == (said == .close))
        }
    }

    @Test func whatIsNoRequestIsAnsweredLast() throws {
        var cycle = came(try post("Content-Length: 9"))
        cycle.requestFailed()
        #expect(cycle.isHEAD == false && cycle.takesBody == false)
        #expect(cycle.answerEnded(at: 0, discarding: Self.discarding) == .finishSending)
    }

    @Test func itClosesOnceAndOpensAsNew() throws {
        var cycle = came(try head("HEAD / HTTP/1.1", "Host: h"))
        cycle.peerFinished()
        cycle.answerBegan(sent: 3)
        let first = cycle.close()
        let second = cycle.close()
        #expect(first && !second && cycle.phase == .closed)
        cycle.open(at: 9)
        #expect(cycle.phase == .readingHead && cycle.since == 9 && cycle.sentByteCount == 0)
        #expect(cycle.peerHasFinished == false && cycle.isHEAD == false)
    }

    // MARK: Bodies

    @Test func aBodyThatNobodyWantsIsDropped() throws {
        var cycle = came(try post("Content-Length: 4"))
        #expect(cycle.answerEnded(at: 1, discarding: Self.discarding) == .dropBody)
        let bytes = Array("abcdGET".utf8)
        let step = cycle.bodyCame(bytes.span)
        #expect(step == RequestCycle.BodyStep(used: 4))
        #expect(cycle.takesBody == false && cycle.phase == .discarding)
        cycle.bodyDropped(at: 2)
        #expect(cycle.phase == .readingHead && cycle.since == 2)
    }

    @Test func aHandlerGetsItsBodyAsFastAsItTakesIt() throws {
        var cycle = came(try post("Content-Length: 6"))
        cycle.handedOver(at: 1)
        let bytes = Array("abcdefGET".utf8)
        var step = cycle.bodyCame(bytes.span.extracting(0..<4))
        #expect(step == RequestCycle.BodyStep(used: 4, content: 0..<4) && cycle.movedByteCount == 4)
        cycle.pauseReading()
        #expect(cycle.takesBody == false)
        let resumed = cycle.resumeReading(at: 7)
        #expect(resumed && cycle.takesBody == true)
        #expect(cycle.since == 7 && cycle.movedByteCount == 0)
        step = cycle.bodyCame(bytes.span.extracting(4...))
        #expect(step == RequestCycle.BodyStep(used: 2, content: 0..<2, action: .finish))
        #expect(cycle.takesBody == false)
    }

    @Test func brokenFramingIsTheEndOfTheConnection() throws {
        var cycle = came(try post("Transfer-Encoding: chunked"))
        cycle.handedOver(at: 0)
        let bytes = Array("zz\r\n".utf8)
        let step = cycle.bodyCame(bytes.span)
        #expect(step.action == .fail(.malformedChunk) && cycle.takesBody == false)
        #expect(cycle.announcement(discarding: Self.discarding) == .close)
    }

    @Test func aClientThatAsksIsToldOnceToGoOn() throws {
        let head = try post("Content-Length: 4", "Expect: 100-continue")
        for hasInput in [false, true] {
            var cycle = came(head)
            cycle.handedOver(at: 0)
            let first = cycle.bodyWanted(hasInput: hasInput, at: 3)
            let second = cycle.bodyWanted(hasInput: hasInput, at: 4)
            #expect(first == !hasInput && !second && cycle.since == 3)
        }
    }

    @Test func whatComesTooLateChangesNothing() throws {
        var cycle = came(try post("Content-Length: 4", "Expect: 100-continue"))
        cycle.handedOver(at: 0)
        _ = cycle.answerEnded(at: 1, discarding: Self.discarding)
        let (wanted, resumed) = (
            cycle.bodyWanted(hasInput: false, at: 2), cycle.resumeReading(at: 2)
        )
        #expect(!wanted && !resumed && cycle.phase == .lingering && cycle.since == 1)
    }

    // MARK: Time

    /// What is to be done at the last moment that is allowed, and a moment later.
    private func overdue(
        _ cycle: inout RequestCycle, after seconds: UInt64, hasInput: Bool = false,
        isShort: Bool = false, unacknowledged: Int? = nil
    ) -> [RequestCycle.Overdue] {
        [0, Self.second / 1000].map { later in
            cycle.timePassed(
                until: cycle.since + seconds * Self.second + later, hasInput: hasInput,
                isShort: isShort, limits: ServerLimits()
            ) {
                if unacknowledged == nil { Issue.record("the kernel was asked in vain") }
                return unacknowledged ?? 0
            }
        }
    }

    @Test func whoDoesNothingIsClosed() {
        var cycle = RequestCycle()
        cycle.open(at: 0)
        #expect(overdue(&cycle, after: 75) == [.nothing, .close])
        #expect(overdue(&cycle, after: 1, isShort: true) == [.nothing, .close])
    }

    @Test func aHeadHasToComeToItsEnd() {
        var cycle = RequestCycle()
        cycle.open(at: 0)
        #expect(overdue(&cycle, after: 10, hasInput: true) == [.nothing, .refuseHead])
        #expect(cycle.answerEnded(at: 0, discarding: 0) == .finishSending)
    }

    @Test func aBodyHasToComeFastEnoughWhileItIsItsTurn() throws {
        let head = try post("Content-Length: 1000000")
        var slow = came(head)
        slow.handedOver(at: 0)
        #expect(overdue(&slow, after: 10) == [.nothing, .reset])
        slow.pauseReading()
        #expect(overdue(&slow, after: 3600) == [.nothing, .nothing])
        var fast = came(head)
        fast.handedOver(at: 0)
        let bytes = [UInt8](repeating: 0, count: 1024 * 11)
        _ = fast.bodyCame(bytes.span)
        #expect(overdue(&fast, after: 10) == [.nothing, .nothing])
        #expect(overdue(&fast, after: 11) == [.nothing, .reset])
        var waiting = came(try post("Content-Length: 4", "Expect: 100-continue"))
        waiting.handedOver(at: 0)
        #expect(overdue(&waiting, after: 3600) == [.nothing, .nothing])
    }

    @Test func anAnswerHasToBeTakenFastEnough() throws {
        var cycle = came(try head("GET / HTTP/1.1", "Host: h"))
        cycle.answerBegan(sent: 0)
        cycle.answerWaits(at: 0)
        cycle.answerWent(on: 512 * 20)
        #expect(cycle.bytesPerSecond(at: 2 * Self.second, hasInput: false) == 5120)
        #expect(overdue(&cycle, after: 10, unacknowledged: 512 * 5) == [.nothing, .nothing])
        // The kernel took it, the reader did not.
        #expect(overdue(&cycle, after: 10, unacknowledged: 512 * 11) == [.nothing, .reset])
    }

    @Test func betweenRequestsTheLastAnswerHasToArrive() throws {
        var cycle = came(try head("GET / HTTP/1.1", "Host: h"))
        cycle.answerBegan(sent: 512 * 20)
        _ = cycle.answerEnded(at: 0, discarding: 0)
        #expect(overdue(&cycle, after: 10, unacknowledged: 512 * 5) == [.nothing, .nothing])
        #expect(overdue(&cycle, after: 10, unacknowledged: 512 * 11) == [.nothing, .reset])
        #expect(overdue(&cycle, after: 10, unacknowledged: 0) == [.nothing, .nothing])
        // It has arrived: the kernel is not asked again.
        #expect(overdue(&cycle, after: 75) == [.nothing, .close])
    }

    @Test func whoDoesNotCloseIsReset() throws {
        var cycle = came(try head("GET / HTTP/1.1", "Host: h", "Connection: close"))
        _ = cycle.answerEnded(at: 0, discarding: 0)
        #expect(overdue(&cycle, after: 2) == [.nothing, .reset])
        _ = cycle.close()
        #expect(overdue(&cycle, after: 3600) == [.nothing, .nothing])
    }

    @Test func onlyAClientWhoseTurnItIsIsSlow() throws {
        var cycle = RequestCycle()
        cycle.open(at: 0)
        let late = 2 * Self.second
        #expect(cycle.bytesPerSecond(at: late, hasInput: false) == nil)
        #expect(cycle.bytesPerSecond(at: late, hasInput: true) == 0)
        #expect(cycle.bytesPerSecond(at: Self.second, hasInput: true) == nil)
        cycle.requestCame(try post("Content-Length: 4000"), isLast: false)
        cycle.handedOver(at: 0)
        let bytes = [UInt8](repeating: 0, count: 3000)
        _ = cycle.bodyCame(bytes.span)
        #expect(cycle.bytesPerSecond(at: late, hasInput: false) == 1500)
        cycle.pauseReading()
        #expect(cycle.bytesPerSecond(at: late, hasInput: false) == nil)
    }

    // MARK: Whether anybody waits

    @Test func anAnswerIsBegunForWhoHasFinishedSending() throws {
        var cycle = came(try head("GET / HTTP/1.1", "Host: h"))
        cycle.handedOver(at: 0)
        #expect(cycle.mayBeAbandoned == false)
        cycle.peerFinished()
        #expect(cycle.mayBeAbandoned == true)
        var begun: [UInt8] = []
        while let byte = cycle.nextBegunByte {
            begun.append(byte)
            cycle.begunByteWent()
            // One a second.
            let count = UInt64(begun.count)
            let due = [count * Self.second - 1, count * Self.second].map { now in
                cycle.timePassed(
                    until: now, hasInput: false, isShort: false, limits: ServerLimits()
                ) { 0 }
            }
            #expect(due == [.nothing, .beginAnswer])
        }
        #expect(begun == Array("HTTP/1.1 ".utf8))
        let taken = cycle.takeBegunByteCount()
        #expect(taken == 9 && cycle.begunByteCount == 0)
    }
}
