import Foundation
import TestSupport
import Testing

/// What is answered while the store fails in each of its ways, and that all is well when it is
/// back.
///
/// Gateways are stopped and killed that only this suite asks.
@Suite(.serialized, .enabled(if: StoreEngine.ceph != nil)) struct StoreFailureTests {
    /// An edge with a picture that it has made something of, and one that is only in the store.
    private final class Scene {
        let relay: StoreRelay
        let site: StoreSite
        let edge: Edge
        let hit: String
        let known: String
        let unheld: [String]

        /// - Parameter endpoint: asked without a relay between.
        init(
            _ engine: StoreEngine? = .ceph, endpoint: String? = nil, photo: [UInt8]? = nil
        ) throws {
            let engine = try #require(engine)
            let relay = try StoreRelay(to: engine.endpoint)
            let site = try StoreSite(engine, endpoint: endpoint ?? relay.endpoint)
            let photos = try (1...12).map { try photo ?? Photos.small($0) }
            let small = try Photos.small(99)
            do {
                let first = try site.start()
                for photo in photos { try first.upload(photo) }
                try first.upload(small)
            }
            try site.forgetAllButTheIndex()
            (self.relay, self.site, edge) = (relay, site, try site.start())
            (known, hit) = (contentHash(photos[0]), "/thumbs/50x/\(contentHash(small)).jpg")
            unheld = photos.map { contentHash($0) }
            #expect(try edge.ask(hit).status == 200)
            #expect(try edge.waits { try edge.ask(hit).isHit })
        }

        /// Hits, conditions, refusals of uploads and the admin listener, whatever the store does.
        func expectTheRestToWork() throws {
            let answer = try edge.ask(hit)
            #expect(answer.status == 200 && answer.isHit)
            let tag = try #require(answer["etag"])
            #expect(try edge.ask("GET", hit, ["If-None-Match: \(tag)"]).status == 304)
            let original = "/originals/\(known)"
            #expect(
                try edge.ask("GET", original, ["If-None-Match: \"\(known)\""]).status == 304)
            let unknown = String(repeating: "0", count: 64)
            #expect(try edge.ask("/thumbs/50x/\(unknown).jpg").status == 404)
            #expect(try edge.ask("POST", "/images", body: Array("no picture".utf8)).status == 415)
            #expect(try edge.ask("GET", "/readyz", admin: true).status == 200)
            #expect(try edge.ask("GET", "/metrics", admin: true).status == 200)
        }

        func expectMissesAndUploadsToBeRefused() throws {
            for target in ["/thumbs/60x/\(known).jpg", "/originals/\(known)"] {
                let answer = try edge.ask(target)
                answer.expectProblem(503)
                #expect(answer["retry-after"] != nil)
            }
            let answer = try edge.ask("POST", "/images", body: try Photos.small(1000))
            answer.expectProblem(503)
            #expect(answer["retry-after"] != nil)
        }

        func expectAllToBeWell() throws {
            #expect(try edge.waits { try edge.ask("/thumbs/60x/\(known).jpg").status == 200 })
            #expect(
                try edge.waits {
                    try edge.ask("POST", "/images", body: try Photos.small(1000)).status < 202
                })
            for hash in unheld { #expect(try edge.ask("/originals/\(hash)").status == 200) }
            #expect(try edge.ask("GET", "/readyz", admin: true).text.hasPrefix("ready\n"))
        }

        /// Fails until nobody asks the store any more, and then measures a refusal.
        func awaitGivenUp() throws {
            let isGivenUp = try edge.waits {
                _ = try edge.ask("/originals/\(known)")
                return try edge.metrics()["pollex_store_given_up"] == 1
            }
            #expect(isGivenUp)
            let ready = try edge.ask("GET", "/readyz", admin: true)
            #expect(ready.status == 200 && ready.text.hasPrefix("degraded: "))
        }
    }

    /// Refused without asking: the store hears of probes only.
    private func expectRefusalsWithoutAsking(_ scene: Scene) throws {
        let before = scene.relay.requests.filter { $0.hasPrefix("GET") }.count
        for _ in 0..<50 { try scene.expectMissesAndUploadsToBeRefused() }
        #expect(scene.relay.requests.filter { $0.hasPrefix("GET") }.count == before)
    }

    @Test(arguments: [500, 503])
    func aFailingStoreIsGivenUpAndProbed(status: Int) throws {
        let scene = try Scene()
        try scene.relay.harm(by: .status(status))
        try scene.expectMissesAndUploadsToBeRefused()
        try scene.awaitGivenUp()
        try scene.expectTheRestToWork()
        try expectRefusalsWithoutAsking(scene)
        #expect(scene.edge.event("store-away") != nil)
        try scene.relay.harm(by: .none)
        try scene.expectAllToBeWell()
        #expect(scene.edge.event("store-back") != nil)
    }

    @Test func aSilentStoreIsGivenUpAndProbed() throws {
        let scene = try Scene()
        try scene.relay.harm(by: .silence)
        try scene.expectMissesAndUploadsToBeRefused()
        try scene.expectTheRestToWork()
        try scene.awaitGivenUp()
        #expect(try scene.edge.storeErrors("unanswered") > 0)
        try expectRefusalsWithoutAsking(scene)
        try scene.relay.harm(by: .none)
        try scene.expectAllToBeWell()
    }

    /// That is the keys' or the rights' fault, and no reason not to ask.
    @Test func aStoreThatForbidsIsNoMissingImage() throws {
        let scene = try Scene()
        try scene.relay.harm(by: .status(403))
        try scene.expectMissesAndUploadsToBeRefused()
        try scene.expectTheRestToWork()
        #expect(try scene.edge.metrics()["pollex_store_given_up"] == 0)
        #expect(try scene.edge.storeErrors("forbidden") > 0)
        #expect(scene.edge.event("store-forbids") != nil)
        try scene.relay.harm(by: .none)
        try scene.expectAllToBeWell()
    }

    /// Only what the index does not know is 404.
    @Test func whatIsKnownAndAbsentIsUnavailable() throws {
        let scene = try Scene()
        try scene.relay.harm(by: .status(404))
        for target in ["/thumbs/60x/\(scene.known).jpg", "/originals/\(scene.known)"] {
            try scene.edge.ask(target).expectProblem(503)
        }
        try scene.expectTheRestToWork()
        #expect(try scene.edge.storeErrors("absent") == 2)
        #expect(scene.edge.event("store-absent")?["hash"] as? String == scene.known)
        try scene.relay.harm(by: .none)
        try scene.expectAllToBeWell()
    }

    @Test func wrongBytesAreNeitherServedNorKept() throws {
        let scene = try Scene()
        try scene.relay.harm(by: .wrong)
        let before = try scene.edge.decodes()
        for target in ["/thumbs/60x/\(scene.known).jpg", "/originals/\(scene.known)"] {
            let answer = try? scene.edge.ask(target)
            #expect(answer == nil || answer?.status == 503)
        }
        #expect(try scene.edge.decodes() == before)
        #expect(try scene.site.folder.files().allSatisfy { !$0.hasSuffix(scene.known) })
        #expect(try scene.edge.storeErrors("damaged") == 2)
        #expect(scene.edge.event("store-damaged")?["hash"] as? String == scene.known)
        try scene.expectTheRestToWork()
        try scene.relay.harm(by: .none)
        try scene.expectAllToBeWell()
    }

    /// An answer that is cut short is gone on with, where it ended.
    @Test func aCutAnswerIsGoneOnWith() throws {
        let scene = try Scene()
        try scene.relay.harm(by: .cut(1000, once: true))
        #expect(try scene.edge.ask("/thumbs/60x/\(scene.known).jpg").status == 200)
        #expect(scene.relay.requests.suffix(2) == ["GET", "GET bytes=1000-"])
        try scene.relay.harm(by: .cut(1000, once: false))
        try scene.edge.ask("/thumbs/60x/\(scene.unheld[1]).jpg").expectProblem(503)
        #expect(try scene.edge.storeErrors("broken") == 3)
        try scene.expectTheRestToWork()
        try scene.relay.harm(by: .none)
        try scene.expectAllToBeWell()
    }

    @Test func aSlowStoreIsNotWaitedForWithoutEnd() throws {
        // More than there is time for.
        let photo = try Photos.small(1) + [UInt8](repeating: 7, count: 100_000)
        let scene = try Scene(photo: photo)
        try scene.relay.harm(by: .slow(1000))
        let answer = try scene.edge.ask("/thumbs/60x/\(scene.known).jpg")
        answer.expectProblem(503)
        #expect(try scene.edge.storeErrors("slow") > 0)
        try scene.expectTheRestToWork()
        try scene.relay.harm(by: .none)
        try scene.expectAllToBeWell()
    }

    /// Connecting to it goes well, and then nothing comes.
    @Test func aStoppedGatewayIsGivenUpAndFoundAgain() throws {
        let engine = try #require(StoreEngine.ceph)
        let scene = try Scene(endpoint: engine.otherEndpoint)
        try engine.signal(SIGSTOP, "rgw.b")
        defer { try? engine.signal(SIGCONT, "rgw.b") }
        try scene.expectMissesAndUploadsToBeRefused()
        try scene.expectTheRestToWork()
        try scene.awaitGivenUp()
        try engine.signal(SIGCONT, "rgw.b")
        try scene.expectAllToBeWell()
    }

    @Test func aKilledGatewayIsGivenUpAndFoundAgain() throws {
        let engine = try #require(StoreEngine.ceph)
        let scene = try Scene(endpoint: engine.otherEndpoint)
        try engine.signal(SIGKILL, "rgw.b")
        try scene.expectMissesAndUploadsToBeRefused()
        try scene.expectTheRestToWork()
        try scene.awaitGivenUp()
        #expect(try scene.edge.storeErrors("unreachable") > 0)
        try engine.restartOtherGateway()
        try scene.expectAllToBeWell()
    }

    /// Of a deletion that was sent twice nobody could say when the first one is carried out.
    @Test func aDeletionIsSentOnceAndKeepsTheBytesAway() throws {
        let scene = try Scene()
        let (photo, hash) = (try Photos.small(2), scene.unheld[1])
        try scene.relay.harm(by: .silence)
        let before = scene.relay.requests.count
        #expect(try scene.edge.ask("DELETE", "/images/\(hash)").status == 503)
        #expect(scene.relay.requests.dropFirst(before).filter { $0 == "DELETE" }.count == 1)
        try scene.relay.harm(by: .none)
        try scene.edge.ask("POST", "/images", body: photo).expectProblem(503)
        #expect(try scene.edge.ask("DELETE", "/images/\(hash)").status == 200)
        try scene.expectTheRestToWork()
    }

    /// Until the cluster does without it some requests hang; what is asked of the edge does not.
    @Test func aStoppedDiskIsGotOver() throws {
        let scratch = try Scratch()
        let engine = try #require(try StoreEngine.startCeph(in: scratch.path("ceph")))
        defer { try? engine.stop() }
        let scene = try Scene(engine, endpoint: engine.endpoint)
        try engine.signal(SIGSTOP, "osd.1")
        for hash in scene.unheld {
            #expect([200, 503].contains(try scene.edge.ask("/originals/\(hash)").status))
        }
        try scene.expectTheRestToWork()
        try scene.expectAllToBeWell()
        try engine.signal(SIGCONT, "osd.1")
        try scene.expectAllToBeWell()
    }
}
