import Dispatch
import Foundation
import JSON
import Synchronization
import Testing

@testable import Telemetry

@Suite struct AccessLogTests {
    private func request(_ id: UInt64, cache: CacheResult = .hit) -> RequestRecord {
        RequestRecord(
            requestID: id, startedAtMicroseconds: 784_111_777_000_000, durationNanoseconds: 42_900,
            method: .get, route: .thumbs, status: 200, byteCount: 2048, cacheResult: cache)
    }

    private func append(
        _ request: RequestRecord, to log: AccessLog, target: String = "/", remote: String = "",
        reason: String = ""
    ) {
        log.ring(0).append(
            request, target: Array(target.utf8).span, remote: Array(remote.utf8).span,
            reason: Array(reason.utf8).span)
    }

    /// What a closed log still had to write.
    private func drain(_ log: AccessLog) -> [String] {
        log.close()
        let text = written(by: log)
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// All that the log writes until it is closed.
    private func written(by log: AccessLog) -> [UInt8] {
        var text: [UInt8] = []
        log.run(
            pause: {},
            write: { chunk in for index in chunk.indices { text.append(chunk[index]) } })
        return text
    }

    @Test func writesOneObjectALine() {
        let log = AccessLog(loopCount: 1, wake: {})
        append(request(0xABC), to: log, target: "/thumbs/2x2/\"", remote: "127.0.0.1")
        var late = request(1, cache: .miss)
        (late.queueMicroseconds, late.jobMicroseconds) = (5, 7)
        append(late, to: log)
        #expect(
            drain(log) == [
                #"{"time":"1994-11-06T08:49:37.000Z","id":"0000000000000abc","remote":"127.0.0.1","#
                    + #""method":"GET","target":"/thumbs/2x2/\"","route":"thumbs","status":200,"#
                    + #""bytes":2048,"cache":"hit","duration_us":42}"#,
                #"{"time":"1994-11-06T08:49:37.000Z","id":"0000000000000001","remote":null,"#
                    + #""method":"GET","target":"/","route":"thumbs","status":200,"#
                    + #""bytes":2048,"cache":"miss","duration_us":42,"queue_us":5,"job_us":7}"#,
            ])
    }

    @Test(arguments: [
        ("/a?fit=cover&signature=k.abc", "/a?fit=cover&signature="),
        ("/a?signature=x&fit=cover&expires=9", "/a?signature="),
        ("/a?expires=9&signature=k.abcdef&ghijkl", "/a?expires=&signature="),
        ("/a?SIGNATURE=x", "/a?SIGNATURE="), ("/a?%73ignature=x=y", "/a?%73ignature="),
        ("/a?token", "/a?token"), ("/a?tokens=1", "/a?tokens=1"), ("/token=1", "/token="),
        // Of damaged URLs.
        ("/a?signaturX=k.abcdefghijklmnopqrstuv", "/a?signaturX=k."),
        ("/a?signatureXk.abcdefghijklmnopqrstuv", "/a?signatureXk."),
        ("/aXsignature=k.abcdefghijklmnopqrstuv", "/aXsignature=k."),
        ("/a?fit=coverXsignature=k.abcdefghijklmnopqrst-_&b=c", "/a?fit=coverXsignature=k.&b=c"),
        ("/images?cursor=abcdefghijklmnopqrstuvw", "/images?cursor=abcdefghijklmnopqrstuvw"),
        ("/a?", "/a?"), ("/a?&&token=x&", "/a?&&token=&"), ("/a?%7", "/a?%7"),
    ])
    func cutsSecretsFromTheTarget(target: String, expected: String) {
        let log = AccessLog(loopCount: 1, wake: {})
        append(request(1), to: log, target: target)
        #expect(drain(log).first?.contains("\"target\":\"\(expected)\",") == true)
    }

    @Test func clipsLongTargetsAndAddresses() {
        let log = AccessLog(loopCount: 1, wake: {})
        append(
            request(1), to: log, target: "/" + String(repeating: "x.", count: 5000),
            remote: String(repeating: "9", count: 500))
        let lines = drain(log)
        #expect(lines.count == 1)
        let clipped = String(
            ("/" + String(repeating: "x.", count: 5000)).prefix(AccessRing.maximumTargetByteCount))
        #expect(lines[0].contains("\"target\":\"\(clipped)\","))
        #expect(lines[0].contains("\"remote\":\"\(String(repeating: "9", count: 45))\","))
    }

    @Test func anErrorsReasonShortensItsTargetOnly() throws {
        let log = AccessLog(loopCount: 1, wake: {})
        let target = "/" + String(repeating: "x.", count: 5000)
        append(request(1), to: log, target: "/a", remote: "::1", reason: "No \"such\" picture.")
        append(
            request(2), to: log, target: target, remote: "::1",
            reason: String(repeating: "because ", count: 100))
        append(request(3), to: log, target: target, remote: "::1")
        let lines = try drain(log).map {
            try #require(
                JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(lines[0]["reason"] as? String == "No \"such\" picture.")
        #expect(lines[0]["target"] as? String == "/a")
        let room = AccessRing.maximumTargetByteCount
        #expect(
            lines[1]["reason"] as? String
                == String(repeating: "because ", count: AccessRing.maximumReasonByteCount / 8))
        #expect(
            (lines[1]["target"] as? String)?.count == room - AccessRing.maximumReasonByteCount)
        #expect(lines[2]["reason"] == nil && (lines[2]["target"] as? String)?.count == room)
    }

    @Test func dropsAndCountsWhatDoesNotFit() {
        let log = AccessLog(loopCount: 1, ringCapacity: 4, wake: {})
        let metrics = Metrics(loopCount: 1, accessLog: log)
        for id in 1...7 as ClosedRange<UInt64> { append(request(id), to: log) }
        #expect(metrics.droppedLogLines == 3)
        #expect(drain(log).count == 4)
    }

    @Test func wakesTheWriterAtHalfFullAndAtClose() {
        let wakes = Atomic<Int>(0)
        let log = AccessLog(loopCount: 1, ringCapacity: 4) {
            wakes.wrappingAdd(1, ordering: .relaxed)
        }
        append(request(1), to: log)
        #expect(wakes.load(ordering: .relaxed) == 0)
        append(request(2), to: log)
        append(request(3), to: log)
        #expect(wakes.load(ordering: .relaxed) == 1)
        log.close()
        #expect(wakes.load(ordering: .relaxed) == 2)
    }

    /// Two producers and the writer at once: what was not dropped comes out whole, in each loop's
    /// order, and the drops are counted.
    @Test func keepsEveryLoopsOrderUnderConcurrency() async {
        let log = AccessLog(loopCount: 2, ringCapacity: 64, wake: {})
        let perLoop: UInt64 = 20_000
        let text = await withCheckedContinuation { done in
            Thread.detachNewThread { done.resume(returning: written(by: log)) }
            Thread.detachNewThread {
                DispatchQueue.concurrentPerform(iterations: 2) { loop in
                    let (target, remote) = (Array("/loop/\(loop)".utf8), [UInt8]())
                    for id in 1...perLoop {
                        log.ring(loop).append(
                            request(id), target: target.span, remote: remote.span,
                            reason: remote.span)
                    }
                }
                log.close()
            }
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        let dropped = log.ring(0).droppedCount + log.ring(1).droppedCount
        #expect(UInt64(lines.count) + dropped == 2 * perLoop)
        for loop in 0..<2 {
            let mine = lines.filter { $0.contains("\"target\":\"/loop/\(loop)\"") }
            let ids = mine.compactMap { line in
                line.split(separator: "\"").dropFirst(7).first.flatMap { UInt64($0, radix: 16) }
            }
            #expect(ids.count == mine.count && ids.allSatisfy { $0 >= 1 && $0 <= perLoop })
            #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test func eventLinesCarryLevelEventFieldsAndTime() {
        let written = Mutex<[UInt8]>([])
        let log = EventLog(minimum: .info, now: { 0 }) { line in
            written.withLock { text in for index in line.indices { text.append(line[index]) } }
        }
        log.log(.debug, "unseen")
        log.log(.info, "listening") { $0.field("port", 8080) }
        let text = written.withLock { String(decoding: $0, as: UTF8.self) }
        #expect(
            text == #"{"level":"info","event":"listening","port":8080,"#
                + "\"time\":\"1970-01-01T00:00:00.000Z\"}\n")
    }
}
