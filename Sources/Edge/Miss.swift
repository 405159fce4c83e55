internal import Answers
internal import Coalescing
internal import HTTP
internal import HTTPServer
internal import LinuxIO
internal import Rendering
internal import Rendition
internal import Telemetry

/// One request that waits for a rendition.
struct Miss: Sendable {
    let desk: RenderDesk
    let fieldSets: FieldSets
    let order: RenditionOrder
    let exchange: Exchange
    let account: LoopAccount
    let variance: Variance
    /// In place of a dearer format.
    let isInterim: Bool
    /// Of a signed URL, in Unix seconds; 0: never.
    let expires: Int64
    var attemptsLeft: Int

    func join() {
        // A crowd that waits for one rendition is answered by its loops side by side, and not by
        // the one thread that has it.
        let ticket = desk.board(order) { outcome, boarding in
            exchange.mailbox.post { loop in settle(outcome, boarding, on: loop) }
        }
        guard let ticket else { return }
        let flights = desk.flights
        exchange.whenAbandoned { flights.leave(ticket) }
    }

    private func settle(
        _ outcome: RenderDesk.Flights.Outcome, _ boarding: RenderDesk.Boarding, on loop: EventLoop
    ) {
        switch outcome {
        case .landed(.made(let made)): answer(with: made, boarding, on: loop)
        case .landed(.failed(let failure)): refuse(ProblemAnswer(failure), boarding, on: loop)
        case .abandoned:
            // Who led has gone; one of those who waited leads now.
            guard attemptsLeft > 0 else {
                return refuse(ProblemAnswer(RenditionFailure.abandoned), boarding, on: loop)
            }
            var next = self
            next.attemptsLeft -= 1
            next.join()
        }
    }

    private func refuse(
        _ answer: ProblemAnswer, _ boarding: RenderDesk.Boarding, on loop: EventLoop
    ) {
        let response = answer.response(
            instance: exchange.target,
            fieldLines: exchange.fields(among: fieldSets).problem,
            account: account.settled { $0.cacheResult = boarding.cacheResult })
        exchange.respond(response, on: loop)
    }

    private func answer(
        with made: MadeRendition, _ boarding: RenderDesk.Boarding, on loop: EventLoop
    ) {
        let headBytes = exchange.headBytes
        let representation = Representation(
            fieldLines: made.fieldLines, etag: made.etag.withBytes { $0.array },
            lastModified: made.lastModified, byteCount: made.content.count,
            source: MemorySource(made.content))
        let content: Representation.Content
        do throws(ProblemAnswer) {
            content = try representation.content(for: exchange.head, in: headBytes.span)
        } catch {
            return refuse(error, boarding, on: loop)
        }
        let status: CacheStatus =
            switch boarding {
            case .leads: .made(isStored: true)
            case .joined: .collapsed
            case .late: .hit
            }
        var timing = OutputBuffer()
        if boarding != .late { made.timing.append(to: &timing) }
        let account = account.settled {
            $0.cacheResult = boarding.cacheResult
            guard boarding != .late else { return }
            $0.queueMicroseconds = made.timing.queue
            $0.jobMicroseconds = made.timing.job
        }
        let response = content.response(
            exchange.fields(among: fieldSets), until: expires,
            lasting: isInterim ? .interim : .rendition, variance, status, more: timing.copy(),
            account: account)
        exchange.respond(response, on: loop)
    }
}

extension JobTiming {
    /// `Server-Timing`, in milliseconds.
    func append(to lines: inout OutputBuffer) {
        lines.append("Server-Timing: ")
        Self.append("queue", queue, to: &lines)
        lines.append(", ")
        Self.append("decode", decode, to: &lines)
        lines.append(", ")
        Self.append("resize", resize, to: &lines)
        lines.append(", ")
        Self.append("encode", encode, to: &lines)
        lines.append("\r\n")
    }

    private static func append(
        _ name: StaticString, _ microseconds: UInt32, to lines: inout OutputBuffer
    ) {
        lines.append(name)
        lines.append(";dur=")
        lines.append(decimal: UInt64(microseconds / 1000))
        lines.append(".")
        let fraction = UInt64(microseconds % 1000)
        if fraction < 100 { lines.append("0") }
        if fraction < 10 { lines.append("0") }
        lines.append(decimal: fraction)
    }
}
