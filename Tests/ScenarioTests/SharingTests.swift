import TestSupport
import Testing

/// Clients beside each other: what one asks for, leaves and lets fail, and what the others get.
@Suite struct SharingTests {
    /// One worker, and a client whose dear jobs never end.
    @Test func whatIsSoonDoneNeedsNoWorkerThatIsAtDearJobs() throws {
        let edge = try Edge(settings: Edge.oneWorkerWithoutDeadlines)
        let hash = try edge.upload(try Photos.one())
        func ask(quality: Int) throws -> Connection {
            let connection = try edge.connection()
            try connection.send(
                Edge.head("GET", "/optimized/\(hash).avif?blur=10&quality=\(quality)"))
            return connection
        }
        var dear = [try ask(quality: 90)]
        try edge.stopBusyWorker()
        for quality in 10...11 { dear.append(try ask(quality: quality)) }
        #expect(try edge.reaches("pollex_queue_depth{lane=\"large\"}", 2))
        #expect(try edge.ask("/thumbs/100x/\(hash).jpg").status == 200)
        #expect(try edge.ask("POST", "/images", body: try Photos.small(1)).status == 201)
        #expect(try edge.total("pollex_queue_depth{lane=\"large\"}") == 2)
        for connection in dear { connection.reset() }
        #expect(edge.waits { edge.busyWorkers == 0 })
    }

    /// Whoever waits gets it at once, also in a lane where nobody is hurried.
    @Test func whoLeavesAgainAndAgainHasItMadeInTheEnd() throws {
        let edge = try Edge(settings: Edge.oneWorkerWithoutDeadlines)
        let hash = try edge.upload(try Photos.one())
        let target = "/thumbs/900x/\(hash).avif"
        let isMade = try edge.waits(seconds: 300) {
            let client = try edge.connection()
            try client.send(Edge.head("GET", target))
            let isBusyOrMade = try edge.waits {
                try edge.busyWorkers == 1 || edge.total("pollex_cache_entries") == 1
            }
            #expect(isBusyOrMade)
            client.reset()
            return try edge.total("pollex_cache_entries") == 1
        }
        #expect(isMade)
        #expect(try edge.ask(target).isHit)
    }

    @Test func whatFailsByItsOwnFaultIsNotMadeAgain() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let target = "/thumbs/1000x/\(hash).jpg?maxbytes=1000"
        try edge.ask(target).expectProblem(422)
        let refusals = "pollex_decode_rejected_total"
        #expect(try edge.total(refusals) == 1)
        for _ in 0..<3 { try edge.ask(target).expectProblem(422) }
        #expect(try edge.total(refusals) == 1)
        // It says nothing of the picture, nor of its other sizes.
        #expect(try edge.ask("/thumbs/100x/\(hash).jpg").status == 200)
        // A purge takes what was remembered.
        #expect(try edge.ask("POST", "/purge/\(hash)", admin: true).status == 200)
        try edge.ask(target).expectProblem(422)
        #expect(try edge.total(refusals) == 2)
    }
}
