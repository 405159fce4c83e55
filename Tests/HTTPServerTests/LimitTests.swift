import Glibc
import HTTP
import HTTPServer
import LinuxIO
import Testing

/// What a client may take: time, connections, descriptors.
@Suite struct LimitTests {
    @Test func anIdleConnectionIsClosed() throws {
        var limits = ServerLimits()
        limits.idleMilliseconds = 0
        let client = try TestServer(limits: limits).connect()
        #expect(client.readToEnd() == ([], .closed))
    }

    @Test func aHeadThatDoesNotEndIsRefused() throws {
        var limits = ServerLimits()
        limits.headMilliseconds = 0
        let client = try TestServer(limits: limits).connect()
        try client.send("GET /sync/1 HTTP/1.1\r\nHost")
        let answer = try client.readAnswer()
        #expect(answer.status == 408)
        #expect(answer.fields["connection"] == "close")
        #expect(client.readToEnd() == ([], .closed))
    }

    @Test func aBodyBelowTheMinimumRateIsEnded() throws {
        var limits = ServerLimits()
        limits.bodyGraceMilliseconds = 0
        limits.bodyMinimumBytesPerSecond = 1_000_000
        let server = try TestServer(limits: limits)
        let client = try server.connect()
        try client.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234")
        #expect(server.desk.nextEvent() == "abandoned after 5")
        #expect(client.readToEnd().ending == .reset)
    }

    /// It is the handler that is slow then.
    @Test func aClientThatWaitsForContinueIsNotSlow() throws {
        var limits = ServerLimits()
        limits.bodyGraceMilliseconds = 0
        limits.bodyMinimumBytesPerSecond = 1_000_000
        let server = try TestServer(limits: limits)
        let client = try server.connect()
        try client.send(
            "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        let exchange = try #require(server.desk.nextHeld())
        // Two ticks of the loop at least.
        client.setTimeout(milliseconds: 700)
        #expect(client.readToEnd() == ([], .silent))
        client.setTimeout(milliseconds: 10_000)
        exchange.respond(Response(status: .ok))
        #expect(try client.readAnswer().status == 200)
    }

    @Test func aReaderBelowTheMinimumRateIsEnded() throws {
        var limits = ServerLimits()
        limits.sendGraceMilliseconds = 1000
        limits.sendMinimumBytesPerSecond = 1 << 40
        let server = try TestServer(limits: limits)
        let client = try server.connect(receiveBuffer: 4096)
        try client.get("/account/20000000")
        #expect(try #require(server.desk.nextAccount()).isWhole == false)
        #expect(client.readToEnd().ending == .reset)
    }

    /// Also when the kernel has taken all of it.
    @Test func aReaderOfASmallAnswerBelowTheMinimumRateIsEnded() throws {
        var limits = ServerLimits()
        limits.sendGraceMilliseconds = 0
        limits.sendMinimumBytesPerSecond = 1 << 40
        let server = try TestServer(limits: limits)
        let client = try server.connect(receiveBuffer: 2048)
        try client.get("/sync/200000")
        var total = 0
        client.setTimeout(milliseconds: 2000)
        let (bytes, ending) = client.readToEnd()
        total += bytes.count
        #expect(ending == .reset || total > 200_000)
    }

    @Test func connectionsBeyondTheLimitWaitAndAreServedLater() throws {
        var limits = ServerLimits()
        limits.connections = 2
        let server = try TestServer(limits: limits)
        let (first, second) = (try server.connect(), try server.connect())
        for client in [first, second] { try client.get("/hold") }
        let held = try (0..<2).map { _ in try #require(server.desk.nextHeld()) }
        let third = try server.connect()
        try third.get("/sync/1")
        third.setTimeout(milliseconds: 600)
        #expect(third.readToEnd() == ([], .silent))
        #expect(server.server.connectionCount == 2)
        first.close()
        third.setTimeout(milliseconds: 10_000)
        #expect(try third.readAnswer().status == 200)
        for exchange in held { exchange.respond(Response(status: .ok)) }
        #expect(try second.readAnswer().status == 200)
    }

    /// Idle for a minute is allowed, but not while others wait.
    @Test func idleConnectionsMakeRoomForThoseWhoWait() throws {
        var limits = ServerLimits()
        limits.connections = 2
        let server = try TestServer(limits: limits)
        let silent = try server.connect()
        let idle = try server.connect()
        try idle.get("/sync/1")
        #expect(try idle.readAnswer().status == 200)
        for _ in 0..<2 {
            let next = try server.connect()
            try next.get("/sync/1")
            #expect(try next.readAnswer().status == 200)
        }
        #expect(silent.readToEnd() == ([], .closed))
        #expect(idle.readToEnd() == ([], .closed))
    }

    /// However patiently it reads; and who has few keeps them.
    @Test func anAddressThatTakesAllConnectionsLosesItsSlowestToThoseWhoCome() throws {
        var limits = ServerLimits()
        limits.connections = 8
        limits.sendGraceMilliseconds = 3_600_000
        let server = try TestServer(limits: limits)
        let other = try server.connect(from: "127.0.0.2", receiveBuffer: 4096)
        let greedy = try (0..<7).map { _ in
            try server.connect(from: "127.0.0.3", receiveBuffer: 4096)
        }
        for client in [other] + greedy { try client.get("/sync/8000000") }
        // Theirs have begun, and nobody reads on.
        for client in [other] + greedy { try client.receiveMore(limit: 1000) }
        for source in ["127.0.0.4", "127.0.0.3", "127.0.0.5"] {
            let next = try server.connect(from: source)
            next.setTimeout(milliseconds: 60_000)
            try next.get("/sync/1")
            #expect(try next.readAnswer().status == 200, "\(source)")
            next.close()
        }
        for client in greedy { client.setTimeout(milliseconds: 200) }
        let endings = greedy.map { $0.readToEnd().ending }
        let resets = endings.count { $0 == .reset }
        #expect((1...3).contains(resets) && server.server.shedCount == resets, "\(endings)")
        #expect(try other.readAnswer().body.count == 8_000_000)
    }

    @Test func anAddressWithAllItsConnectionsIsRefusedAtOnce() throws {
        var limits = ServerLimits()
        limits.connectionsPerAddress = 2
        let server = try TestServer(loopCount: 2, limits: limits)
        var held: [Client] = []
        for source in ["127.0.0.2", "127.0.0.3"] {
            for _ in 0..<2 {
                let client = try server.connect(from: source)
                try client.get("/sync/1")
                #expect(try client.readAnswer().status == 200)
                held.append(client)
            }
            for _ in 0..<3 {
                #expect(try server.connect(from: source).readToEnd().bytes == [])
            }
        }
        #expect(server.server.refusedCount == 6)
        #expect(server.server.connectionCount == 4)
        // One that ends makes room for one.
        held[0].close()
        var answers = 0
        while answers == 0 {
            let client = try server.connect(from: "127.0.0.2")
            try? client.get("/sync/1")
            if (try? client.readAnswer().status) == 200 { answers += 1 }
        }
        #expect(answers == 1)
    }
}

/// In a process of its own, whose descriptors can be used up.
@Suite struct DescriptorTests {
    @Test func withoutDescriptorsTheConnectedAreServedAndTheOthersWait() async throws {
        await #expect(processExitsWith: .success) {
            let server = try TestServer()
            let early = try server.connect()
            try early.get("/now/1")
            guard try early.readAnswer().status == 200 else { exit(1) }
            // Room for the client's own descriptor, none for the server's.
            var limit = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let next = dup(0)
            _ = close(next)
            limit.rlim_cur = UInt(next) + 1
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let late = try server.connect()
            try late.get("/now/2")
            for _ in 0..<100 {
                try early.get("/now/1")
                guard try early.readAnswer().status == 200 else { exit(2) }
            }
            guard server.server.connectionCount == 1 else { exit(3) }
            limit.rlim_cur = limit.rlim_max
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            guard try late.readAnswer().body.count == 2 else { exit(4) }
            exit(0)
        }
    }
}
