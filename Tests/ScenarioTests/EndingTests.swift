import Foundation
import Glibc
import Testing

/// The ways in which an edge is ended, or is not.
@Suite struct EndingTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func theSecondSignalEndsAtOnce(signal: Int32) throws {
        let edge = try Edge()
        // Something it would wait for.
        let upload = try edge.connection()
        try upload.send(Edge.head("POST", "/images", bodyCount: 1000))
        #expect(try edge.reaches("pollex_connections", 1))
        _ = kill(edge.process.processIdentifier, signal)
        #expect(edge.event("draining") != nil)
        _ = kill(edge.process.processIdentifier, signal)
        edge.process.waitUntilExit()
        #expect(edge.process.terminationReason == .uncaughtSignal)
        #expect(edge.process.terminationStatus == signal)
        #expect(!edge.output.contains("\"stopped\""))
    }

    private static let longNotice = ["LIMITS_DRAIN_NOTICE_SECONDS": "86400"]

    /// Balancers ask every few seconds: until they have heard it, who comes is served.
    @Test func whileNoticeIsGivenEverybodyIsServed() throws {
        let edge = try Edge(settings: Self.longNotice)
        let kept = try edge.connection()
        #expect(try edge.ask("POST", "/drain", admin: true).status == 202)
        #expect(edge.event("drain-notice")?["milliseconds"] as? Int == 86_400_000)
        #expect(try edge.ask("GET", "/readyz", admin: true).status == 503)
        for _ in 0..<3 {
            let answer = try edge.ask("/openapi.json")
            #expect(answer.status == 200 && answer["connection"] == nil)
        }
        try kept.send(Edge.head("GET", "/openapi.json"))
        #expect(try kept.readAnswer().status == 200)
        // Whoever will not wait for the end of it.
        _ = kill(edge.process.processIdentifier, SIGTERM)
        edge.process.waitUntilExit()
        #expect(edge.process.terminationReason == .exit)
        #expect(edge.process.terminationStatus == 0)
    }

    @Test func noticeIsForThoseWhoAskWhetherItIsReady() throws {
        let unwatched = try Edge(settings: Self.longNotice)
        _ = kill(unwatched.process.processIdentifier, SIGTERM)
        unwatched.process.waitUntilExit()
        #expect(unwatched.process.terminationStatus == 0)
        let watched = try Edge(settings: Self.longNotice)
        #expect(try watched.becomesReady())
        _ = kill(watched.process.processIdentifier, SIGTERM)
        #expect(watched.event("drain-notice") != nil)
        #expect(try watched.ask("/openapi.json").status == 200)
    }

    /// As if its window had been closed; of an edge without a terminal it is a question to read the
    /// configuration again.
    @Test func aTerminalThatGoesTakesTheEdgeWithIt() throws {
        let master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // TIOCSPTLCK and TIOCGPTN, macros that do not import.
        var (isLocked, number): (Int32, Int32) = (0, -1)
        try #require(unsafe ioctl(master, 0x4004_5431, &isLocked) == 0)
        try #require(unsafe ioctl(master, 0x8004_5430, &number) == 0)
        let terminal = try #require(FileHandle(forUpdatingAtPath: "/dev/pts/\(number)"))
        let edge = try Edge(input: terminal)
        _ = kill(edge.process.processIdentifier, SIGHUP)
        #expect(edge.event("configuration-read") != nil)
        try terminal.close()
        close(master)
        _ = kill(edge.process.processIdentifier, SIGHUP)
        edge.process.waitUntilExit()
        #expect(edge.process.terminationReason == .exit)
        #expect(edge.process.terminationStatus == 0)
        #expect(edge.event("stopped") != nil)
    }

    @Test(
        .disabled(if: Edge.isSanitized, "a sanitizer takes the signal and exits"),
        arguments: [
            (SIGILL, "SIGILL"), (SIGTRAP, "SIGTRAP"), (SIGSEGV, "SIGSEGV"), (SIGBUS, "SIGBUS"),
            (SIGFPE, "SIGFPE"), (SIGABRT, "SIGABRT"),
        ])
    func aTrapIsALineBeforeTheEnd(signal: Int32, name: String) throws {
        let edge = try Edge()
        _ = kill(edge.process.processIdentifier, signal)
        edge.process.waitUntilExit()
        #expect(edge.process.terminationReason == .uncaughtSignal)
        #expect(edge.process.terminationStatus == signal)
        let event = try #require(edge.event("trapped"))
        #expect(event["signal"] as? String == name)
        #expect((event["place"] as? String)?.contains("0x") == true)
        #expect(event["thread"] as? String != nil)
    }

    /// Whatever the other one is, and however many loops either has.
    @Test(arguments: ["1", "3"], ["1", "3"])
    func aPortIsTakenOnce(loops: String, othersLoops: String) throws {
        let edge = try Edge(settings: ["LOOPS": loops])
        let failure = try #require(throws: Edge.DidNotStart.self) {
            _ = try Edge(listen: "127.0.0.1:\(edge.port)", settings: ["LOOPS": othersLoops])
        }
        #expect(failure.output.contains("can not listen on 127.0.0.1:\(edge.port)"))
        let holder = "process \(edge.process.processIdentifier), pollex, listens there"
        #expect(failure.output.contains(holder), "\(failure.output)")
        for _ in 0..<20 { #expect(try edge.ask("GET", "/images").status == 200) }
    }
}
