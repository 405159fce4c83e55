import Foundation
import TestSupport
import Testing

/// Workers that die or hang: each waiter gets one answer, hits go on, and nobody has to help.
@Suite(.serialized) struct ChaosTests {
    /// A job of some hundred milliseconds, most of them in the encoder.
    private static let longTarget = "/optimized/"

    /// From its first moments to its end, one after the other.
    @Test(arguments: [0, 2, 10])
    func aWorkerKilledInTheMiddleCostsOneAnswer(questionsBefore: Int) throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let waiters = try (0..<5).map { _ in try edge.connection() }
        for waiter in waiters {
            try waiter.send(Edge.head("GET", "\(Self.longTarget)\(hash).avif"))
        }
        #expect(edge.waits { edge.busyWorkers > 0 })
        for _ in 0..<questionsBefore { _ = edge.busyWorkers }
        edge.signalWorkers(SIGKILL)
        for waiter in waiters {
            let answer = try waiter.readAnswer()
            if answer.status != 200 {
                answer.expectProblem(503)
                #expect(answer["retry-after"] != nil)
            }
            // Nothing comes after it: the connection is in step for the next request.
            // A worker that is about to die may still be given it.
            try waiter.send(Edge.head("GET", "/thumbs/50x/\(hash).jpg"))
            #expect([200, 503].contains(try waiter.readAnswer().status))
        }
        let recovers = try edge.waits { try edge.ask("/thumbs/50x/\(hash).jpg").status == 200 }
        #expect(recovers)
        #expect(edge.process.isRunning)
    }

    @Test func aWorkerThatDiesIdleIsReplacedBeforeTheNextJob() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        #expect(try edge.ask("/thumbs/20x/\(hash).jpg").status == 200)
        let idle = try #require(edge.workers.first)
        kill(idle, SIGKILL)
        #expect(edge.waits { !edge.workers.contains(idle) })
        for width in 21..<31 {
            #expect(try edge.ask("/thumbs/\(width)x/\(hash).jpg").status == 200)
        }
    }

    /// Something in the worker fell, but not the decoder of these bytes: tried once more.
    @Test(.disabled(if: Edge.isSanitized, "a sanitizer takes the signal and exits"))
    func aWorkerThatFallsInTheEncoderDoesNotCondemnTheOriginal() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        #expect(try edge.reaches("pollex_workers{state=\"starting\"}", 0))
        let waiter = try edge.connection()
        try waiter.send(Edge.head("GET", "\(Self.longTarget)\(hash).avif"))
        #expect(edge.waits { edge.busyWorkers > 0 })
        // Not those that will be asked about it.
        kill(try #require(edge.busyWorker()), SIGSEGV)
        #expect(try waiter.readAnswer().status == 200)
        #expect(try edge.total("pollex_decode_rejected_total{reason=\"crash\"}") == 1)
        #expect(try edge.ask("/thumbs/60x/\(hash).jpg").status == 200)
    }

    /// Its body is whole and with a worker when the client goes.
    @Test func anUploadWhoseClientLeftKeepsNoWorker() throws {
        let edge = try Edge(settings: ["WORKERS": "1"])
        let photo = try Photos.one()
        // Whoever gets the job does not end it by itself.
        #expect(edge.waits { edge.workers.count == 2 })
        edge.signalWorkers(SIGSTOP)
        var client: Connection? = try edge.connection()
        try client?.send(Edge.head("POST", "/images", bodyCount: photo.count))
        try client?.send(photo)
        #expect(edge.waits { edge.busyWorkers == 1 })
        client = nil
        #expect(try edge.reaches("pollex_jobs_cancelled_total{reason=\"abandoned\"}", 1))
        #expect(edge.waits { edge.busyWorkers == 0 })
        edge.signalWorkers(SIGCONT)
        // Nothing of it is kept, and the next is served.
        #expect(edge.waits { edge.folder.storedFiles.allSatisfy { !$0.hasPrefix("originals") } })
        #expect(try edge.ask("/images/\(contentHash(photo))").status == 404)
        _ = try edge.upload(photo)
    }

    @Test func aStoppedWorkerIsEndedByTheDeadline() throws {
        let edge = try Edge(settings: ["LIMITS_JOB_SECONDS": "2", "WORKERS": "1"])
        let hash = try edge.upload(try Photos.one())
        let hit = "/thumbs/90x/\(hash).jpg"
        #expect(try edge.ask(hit).status == 200)
        edge.signalWorkers(SIGSTOP)
        let waiter = try edge.connection()
        try waiter.send(Edge.head("GET", "/thumbs/91x/\(hash).jpg"))
        #expect(try edge.ask(hit).status == 200)
        try waiter.readAnswer().expectProblem(503)
        let recovers = try edge.waits { try edge.ask("/thumbs/92x/\(hash).jpg").status == 200 }
        #expect(recovers)
    }

    /// `CRASH_SECONDS=10` for the long form.
    private static let crashSeconds =
        ProcessInfo.processInfo.environment["CRASH_SECONDS"].flatMap { Double($0) } ?? 3

    /// While every worker dies as soon as it is there.
    @Test func hitsGoOnWhileAllWorkersCrash() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(3))
        #expect(try edge.ask("/thumbs/70x/\(hash).jpg").status == 200)
        let (isOver, finished) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let parent = edge.process.processIdentifier
        Thread.detachNewThread {
            // At a pace that leaves the machine to the workers' starts.
            while isOver.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
                for worker in Edge.workers(of: parent) { _ = kill(worker, SIGKILL) }
            }
            finished.signal()
        }
        let end = Date(timeIntervalSinceNow: Self.crashSeconds)
        var width = 71
        while Date() < end {
            let hit = try edge.ask("/thumbs/70x/\(hash).jpg")
            #expect(hit.status == 200 && hit.isHit)
            // A miss gets one answer, in time.
            let miss = try edge.ask("/thumbs/\(width)x/\(hash).jpg")
            #expect([200, 503].contains(miss.status), "\(miss)")
            width += 1
        }
        isOver.signal()
        finished.wait()
        let recovers = try edge.waits {
            width += 1
            return try edge.ask("/thumbs/\(width)x/\(hash).jpg").status == 200
        }
        #expect(recovers)
        #expect(try edge.becomesReady())
    }
}
