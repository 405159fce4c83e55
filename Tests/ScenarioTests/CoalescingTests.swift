import TestSupport
import Testing

@Suite struct CoalescingTests {
    @Test func manyClientsOnAColdKeyMakeOneDecode() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let before = try edge.decodes()
        let connections = try (0..<300).map { _ in try edge.connection() }
        for connection in connections {
            try connection.send(Edge.head("GET", "/thumbs/333x/\(hash).jpg"))
        }
        let answers = try connections.map { try $0.readAnswer() }
        #expect(answers.allSatisfy { $0.status == 200 && $0.content == answers[0].content })
        #expect(try edge.decodes() == before + 1)
        let collapsed = answers.filter { $0["cache-status"]?.contains("collapsed") == true }
        #expect(try edge.total("pollex_coalesced_requests_total") == Double(collapsed.count))
        #expect(collapsed.count + answers.filter(\.isHit).count == 299)
    }

    /// What the answer says of the cache, its log line and the metrics say too.
    @Test func everyOutcomeIsToldAlike() throws {
        let edge = try Edge(settings: Edge.oneWorkerWithoutDeadlines)
        let hash = try edge.upload(try Photos.one())
        let busy = try edge.connection()
        try busy.send(Edge.head("GET", "/thumbs/2000x/\(hash).avif?quality=auto"))
        try edge.stopBusyWorker()
        // Dear, so that it waits for the worker that has stopped.
        let target = "/optimized/\(hash).avif?blur=90"
        let waiters = try (0..<3).map { number in
            let connection = try edge.connection()
            try connection.send(Edge.head("GET", target))
            #expect(try edge.reaches("pollex_coalesced_requests_total", Double(number)))
            return connection
        }
        busy.reset()
        let answers = try waiters.map { try $0.readAnswer() }
        #expect(answers.map { $0["cache-status"]?.contains("; stored") } == [true, false, false])
        #expect(answers.map { $0["cache-status"]?.contains("collapsed") } == [false, true, true])
        #expect(try edge.reaches("pollex_cache_insertions_total", 1))
        #expect(try edge.ask(target).isHit)
        for (cache, count) in [("miss", 1), ("collapsed", 2), ("hit", 1)] {
            let series =
                "pollex_request_duration_seconds_count{route=\"optimized\",cache=\"\(cache)\"}"
            #expect(try edge.reaches(series, Double(count)))
            let lines = edge.waits {
                edge.accessLines { $0["target"] as? String == target }
                    .count { $0["cache"] as? String == cache } == count
            }
            #expect(lines, "\(cache)")
        }
        for line in edge.accessLines(where: { $0["target"] as? String == target }) {
            #expect((line["job_us"] as? Int ?? 0 > 0) == (line["cache"] as? String != "hit"))
        }
    }

    @Test func aLeaderThatLeavesHarmsNobody() throws {
        let edge = try Edge(settings: ["WORKERS": "1"])
        let hash = try edge.upload(try Photos.one())
        // Keeps the only worker busy, so that the flight is still waiting when its leader goes.
        let busy = try edge.connection()
        try busy.send(Edge.head("GET", "/optimized/\(hash).avif"))
        let leader = try edge.connection()
        try leader.send(Edge.head("GET", "/thumbs/222x/\(hash).jpg"))
        let waiters = try (0..<10).map { _ in try edge.connection() }
        for waiter in waiters { try waiter.send(Edge.head("GET", "/thumbs/222x/\(hash).jpg")) }
        leader.reset()
        let answers = try waiters.map { try $0.readAnswer() }
        #expect(answers.allSatisfy { $0.status == 200 }, "\(answers.map(\.status))")
        #expect(try busy.readAnswer().status == 200)
    }

    @Test func theLastWaiterToLeaveEndsTheJob() throws {
        let edge = try Edge(settings: Edge.oneWorkerWithoutDeadlines)
        let hash = try edge.upload(try Photos.one())
        let busy = try edge.connection()
        try busy.send(Edge.head("GET", "/optimized/\(hash).avif?quality=auto"))
        try edge.stopBusyWorker()
        // Dear, so that it waits for the worker that has stopped.
        let leaving = try (0..<2).map { number in
            let connection = try edge.connection()
            try connection.send(Edge.head("GET", "/optimized/\(hash).avif?blur=90"))
            if number == 0 { #expect(try edge.reaches("pollex_queue_depth{lane=\"large\"}", 1)) }
            return connection
        }
        #expect(try edge.reaches("pollex_coalesced_requests_total", 1))
        let abandoned = "pollex_jobs_cancelled_total{reason=\"abandoned\"}"
        leaving[0].reset()
        #expect(try edge.ask("/thumbs/224x/\(hash).jpg").status == 200)
        #expect(try edge.metrics()[abandoned] ?? 0 == 0)
        leaving[1].reset()
        #expect(try edge.reaches(abandoned, 1))
        #expect(try edge.reaches("pollex_queue_depth{lane=\"large\"}", 0))
        busy.reset()
        #expect(try edge.reaches(abandoned, 2))
    }
}
