import Foundation
import Glibc
import TestSupport
import Testing

/// What happens to images is told to those who asked for it.
@Suite struct NotificationTests {
    private func makeEdge(
        _ receivers: [EventReceiver], events: [String] = [], settings: [String: String] = [:]
    ) throws -> Edge {
        let list = receivers.map { $0.setting(events: events) }.joined(separator: ", ")
        var settings = settings
        settings["NOTIFICATIONS_WEBHOOKS"] = "[\(list)]"
        return try Edge(settings: settings)
    }

    @Test func tellsWhatHappensToAnImage() throws {
        let receiver = try EventReceiver.webhook()
        let edge = try makeEdge([receiver])
        let photo = try Photos.small(600)
        let hash = try edge.upload(photo)
        let broken = Array(photo.prefix(photo.count / 2))
        #expect(try edge.ask("POST", "/images", body: broken).status == 422)
        #expect(try edge.ask("POST", "/images", body: broken).status == 422)
        #expect(try edge.ask("DELETE", "/images/\(hash)").status == 200)
        let last = receiver.attempt { $0.type == "image.deleted" }
        #expect(last?.hash == hash)
        #expect(receiver.attempt { $0.type == "image.failed" }?.hash == contentHash(broken))
        let attempts = receiver.attempts
        #expect(
            attempts.filter { $0.hash == hash }.map(\.type)
                == ["image.stored", "image.ready", "image.deleted"])
        #expect(attempts.count == 4 && attempts.allSatisfy { $0.isGenuine }, "\(attempts)")
        #expect(Set(attempts.map(\.id)).count == 4)
        #expect(edge.stop() == 0)
    }

    /// Whoever is told of a refused picture finds out whose it was, and the request in the log.
    @Test func aRefusedPictureIsToldWithItsSenderAndReason() throws {
        let receiver = try EventReceiver.webhook()
        let edge = try makeEdge([receiver])
        let photo = try Photos.small(601)
        let raw = Array(photo.prefix(photo.count / 2))
        let form = Array(photo.prefix(photo.count / 3))
        let (fields, body) = Edge.form([form])
        let answers = [
            try edge.ask("POST", "/images?name=Cat.jpg&owner=gus", body: raw),
            try edge.ask("POST", "/images?name=Cat.jpg&owner=gus", fields, body: body),
        ]
        for (answer, hash) in zip(answers, [raw, form].map(contentHash)) {
            #expect(answer.status == 422, "\(answer)")
            let request = try #require(answer["x-request-id"])
            let reason = try #require(answer.object["detail"] as? String)
            let told = try #require(receiver.attempt { $0.hash == hash }?.text)
            #expect(edge.event("upload-refused") != nil)
            let noted = try #require(
                edge.events("upload-refused").first { $0["hash"] as? String == hash })
            let line = try #require(
                edge.accessLine { $0.contains(request) && $0.contains("\"status\":422") })
            #expect(line.jsonObject["reason"] as? String == reason)
            for text in [request, reason] { #expect(told.contains(text), "\(told)") }
            #expect(noted["request"] as? String == request && noted["reason"] as? String == reason)
            #expect(noted["name"] as? String == "Cat.jpg" && noted["owner"] as? String == "gus")
        }
        let told = try #require(receiver.attempt { $0.hash == contentHash(raw) }?.text)
        #expect(told.contains("Cat.jpg") && told.contains("gus"), "\(told)")
    }

    @Test func aReceiverGetsOnlyWhatItAskedFor() throws {
        let receiver = try EventReceiver.webhook()
        let edge = try makeEdge([receiver], events: ["image.deleted"])
        let hash = try edge.upload(try Photos.small(601))
        #expect(try edge.ask("DELETE", "/images/\(hash)").status == 200)
        #expect(receiver.attempt { $0.type == "image.deleted" } != nil)
        #expect(receiver.attempts.count == 1)
    }

    @Test func repeatsWithTheSameIdUntilItIsTaken() throws {
        let receiver = try EventReceiver.webhook(answers: "500 if attempt < 3 else 200")
        let edge = try makeEdge(
            [receiver], events: ["image.stored"],
            settings: ["NOTIFICATIONS_RETRY_SECONDS": "0.1,0.1,0.1"])
        try edge.upload(try Photos.small(602))
        #expect(edge.waits { receiver.attempts.count == 3 })
        #expect(try edge.reaches("pollex_notifications_pending", 0))
        #expect(Set(receiver.attempts.map(\.id)).count == 1)
        #expect(receiver.attempts.allSatisfy { $0.isGenuine })
        let metrics = try edge.metrics()
        #expect(metrics["pollex_notifications_total{result=\"delivered\"}"] == 1)
        #expect(metrics["pollex_notifications_total{result=\"retried\"}"] == 2)
    }

    /// Long, without end, slow, broken: once the status is there, the event is taken.
    @Test(arguments: [
        "[b'HTTP/1.1 200 OK\\r\\nContent-Length: 100000\\r\\n\\r\\n', b'x' * 100000]",
        "itertools.chain([b'HTTP/1.1 200 OK\\r\\n\\r\\n'], itertools.repeat(b'x' * 1000))",
        "itertools.chain([b'HTTP/1.1 202 OK\\r\\nContent-Length: 9\\r\\n\\r\\n'], "
            + "(time.sleep(3600) or b'x' for _ in range(9)))",
        "[b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nnone\\r\\n']",
        "[b'HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nshort']",
        "[b'HTTP/1.1 102 Wait\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\n\\r\\n']",
    ])
    func whatFollowsA2xxPlaysNoPart(answer: String) throws {
        let receiver = try EventReceiver.webhook(raw: answer)
        let edge = try makeEdge(
            [receiver], events: ["image.stored"],
            settings: ["NOTIFICATIONS_RETRY_SECONDS": "0.1,0.1,0.1"])
        try edge.upload(try Photos.small(610))
        #expect(try edge.reaches("pollex_notifications_total{result=\"delivered\"}", 1))
        #expect(try edge.reaches("pollex_notifications_pending", 0))
        #expect(receiver.attempts.count == 1)
    }

    /// Were the first event tried again by the schedule, it would have been before the second's
    /// third attempt.
    @Test(arguments: ["3600", "Fri, 31 Dec 9999 23:59:59 GMT"])
    func waitsAsLongAsTheReceiverAsks(when: String) throws {
        let receiver = try EventReceiver.webhook(
            answers: "500 if attempt < 3 else 200",
            raw: "None if len(counts) > 1 else [b'HTTP/1.1 503 Busy\\r\\nRetry-After: \(when)"
                + "\\r\\nContent-Length: 0\\r\\n\\r\\n']")
        let edge = try makeEdge(
            [receiver], events: ["image.stored"],
            settings: ["NOTIFICATIONS_RETRY_SECONDS": "0.2,0.2,0.2"])
        try edge.upload(try Photos.small(611))
        #expect(try edge.reaches("pollex_notifications_total{result=\"retried\"}", 1))
        try edge.upload(try Photos.small(612))
        #expect(try edge.reaches("pollex_notifications_total{result=\"delivered\"}", 1))
        #expect(receiver.attempts.count == 4)
    }

    @Test func aReceiverThatNeverAnswersHoldsUpNobody() throws {
        let dead = try EventReceiver.webhook(answers: "None")
        let alive = try EventReceiver.webhook()
        let edge = try makeEdge([dead, alive], events: ["image.stored"])
        let hashes = try (0..<5).map { try edge.upload(try Photos.small(610 + $0)) }
        for hash in hashes { #expect(alive.attempt { $0.hash == hash } != nil) }
        #expect(edge.waits { dead.attempts.count == 1 })
        #expect(dead.attempts.count == 1, "it waits for its own answer")
        #expect(edge.stop() == 0, "and not the end for it")
    }

    @Test func parksWhatIsNeverTakenAndTriesAgainWhenAsked() throws {
        // Redirections are not followed.
        let receiver = try EventReceiver.webhook(answers: "200 if flag else 307")
        let edge = try makeEdge(
            [receiver], events: ["image.stored"],
            settings: ["NOTIFICATIONS_RETRY_SECONDS": "0.1"])
        try edge.upload(try Photos.small(620))
        let parked = "pollex_notifications_pending{state=\"parked\"}"
        #expect(try edge.waits { try edge.metrics()[parked] == 1 })
        #expect(receiver.attempts.count == 2 && receiver.attempts.allSatisfy { $0.isGenuine })
        try receiver.raiseFlag()
        let answer = try edge.ask("POST", "/notifications/retry", admin: true)
        #expect(answer.status == 202 && answer.text == "1\n")
        #expect(try edge.reaches("pollex_notifications_pending", 0))
        #expect(Set(receiver.attempts.map(\.id)).count == 1 && receiver.attempts.count == 3)
    }

    @Test func mailsWhatFailsAndWhenErrorsBecomeTooMany() throws {
        let server = try EventReceiver.mailServer()
        let edge = try Edge(settings: [
            "NOTIFICATIONS_EMAIL_RELAY": "smtp://127.0.0.1:\(server.port)",
            "NOTIFICATIONS_EMAIL_FROM": "pollex@a.example",
            "NOTIFICATIONS_EMAIL_TO": "ops@b.example,night@b.example",
            "NOTIFICATIONS_EMAIL_USERNAME": "pollex",
            "NOTIFICATIONS_EMAIL_PASSWORD": "pass word",
            "NOTIFICATIONS_ALARM_ERRORS": "3", "NOTIFICATIONS_ALARM_WINDOW_SECONDS": "30",
        ])
        let photo = try Photos.small(630)
        let broken = Array(photo.prefix(photo.count / 2))
        #expect(try edge.ask("POST", "/images", body: broken).status == 422)
        let failed = try #require(server.attempt { $0.type == "image.failed" })
        #expect(failed.isGenuine && failed.text.contains("hash: \(contentHash(broken))"))
        #expect(failed.text.hasPrefix("Pollex: image.failed\n"))
        // Workers that fall for no picture's sake.
        #expect(
            try edge.waits {
                edge.signalWorkers(SIGSEGV)
                return try edge.total("pollex_worker_crashes_total") >= 8
            })
        let alarm = try #require(server.attempt { $0.type == "errors.alarm" })
        #expect(alarm.isGenuine && alarm.text.contains("workerCrashes: "))
        #expect(edge.stop() == 0)
        #expect(server.attempts.count { $0.type == "errors.alarm" } == 1)
        #expect(!edge.output.contains("pass word"))
    }
}
