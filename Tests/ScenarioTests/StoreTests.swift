import Foundation
import ObjectStore
import Rendition
import TestSupport
import Testing

/// Originals in a bucket, seen through the whole program.
@Suite(.serialized) struct StoreTests {
    /// Rounds of deletion beside upload; `RACE_ROUNDS=400` for the long form.
    private static let raceRounds =
        ProcessInfo.processInfo.environment["RACE_ROUNDS"].flatMap { Int($0) } ?? 30

    @Test(arguments: StoreEngine.all)
    func anUploadIsInTheBucketAndADeletionTakesItOut(engine: StoreEngine) async throws {
        let site = try StoreSite(engine)
        let edge = try site.start()
        let photo = try Photos.small(1)
        let hash = try edge.upload(photo)
        let client = try site.client()
        let key = try #require(ContentHash(hex: hash))
        #expect(try await client.byteCount(of: key) == photo.count)
        #expect(try edge.ask("POST", "/images", body: photo).status == 200)
        #expect(try edge.storeRequests("PUT") == 1)
        #expect(try edge.ask("/originals/\(hash)").content == photo)
        #expect(try edge.ask("DELETE", "/images/\(hash)").status == 200)
        #expect(try await client.byteCount(of: key) == nil)
        #expect(try edge.ask("/originals/\(hash)").status == 410)
        // Nothing of it stays on this machine.
        #expect(try site.folder.files().allSatisfy { !$0.hasSuffix(hash) })
        try edge.upload(photo)
        #expect(try await client.byteCount(of: key) == photo.count)
        client.stop()
    }

    @Test(arguments: StoreEngine.all)
    func aCrowdOnAnOriginalThatIsOnlyInTheStoreFetchesAndDecodesItOnce(
        engine: StoreEngine
    ) throws {
        let site = try StoreSite(engine)
        let hash = try { try site.start().upload(try Photos.one()) }()
        try site.forgetAllButTheIndex()
        let edge = try site.start()
        let connections = try (0..<1000).map { _ in try edge.connection() }
        for connection in connections {
            try connection.send(Edge.head("GET", "/thumbs/333x/\(hash).jpg"))
        }
        let answers = try connections.map { try $0.readAnswer() }
        #expect(answers.allSatisfy { $0.status == 200 && $0.content == answers[0].content })
        #expect(try edge.storeRequests("GET") == 1)
        #expect(try edge.decodes() == 1)
    }

    /// What is stored comes back byte by byte, and what is made of it is what a local edge makes.
    @Test(arguments: StoreEngine.all)
    func photosAndTheirRenditionsAreTheSameAsThoseOfALocalEdge(engine: StoreEngine) throws {
        let paths =
            ProcessInfo.processInfo.environment["STORE_PHOTOS"] == "all"
            ? Photos.all : Array(Photos.all.prefix(4))
        let local = try Edge()
        let site = try StoreSite(engine)
        let photos = try paths.map { try Photos.bytes($0) }
        do {
            let first = try site.start()
            for photo in photos { try first.upload(photo) }
        }
        try site.forgetAllButTheIndex()
        let edge = try site.start()
        for photo in photos {
            let hash = try local.upload(photo)
            #expect(try edge.ask("/originals/\(hash)").content == photo)
            for target in ["/thumbs/200x150/\(hash).jpg", "/thumbs/640x/\(hash).webp"] {
                let (here, there) = (try local.ask(target), try edge.ask(target))
                #expect(there.status == 200 && there.content == here.content, "\(target)")
                #expect(there["etag"] == here["etag"])
            }
        }
    }

    /// A deletion beside a new upload of the same: whatever order they get, an image that is
    /// acknowledged and not deleted after that has its bytes.
    @Test(arguments: StoreEngine.all)
    func noAcknowledgedImageIsLostToADeletionBesideIt(engine: StoreEngine) async throws {
        let site = try StoreSite(engine)
        let edge = try site.start()
        let photo = try Photos.small(1)
        let hash = try edge.upload(photo)
        let key = try #require(ContentHash(hex: hash))
        let client = try site.client()
        var (lost, present) = (0, 0)
        let port = edge.port
        for _ in 0..<Self.raceRounds {
            try edge.upload(photo)
            async let deletion = Self.ask(port, Edge.head("DELETE", "/images/\(hash)"))
            async let upload = Self.ask(
                port, Edge.head("POST", "/images", bodyCount: photo.count), photo)
            let statuses = try await (deletion, upload)
            #expect(statuses.0 == 200 && [200, 201].contains(statuses.1), "\(statuses)")
            guard try edge.ask("/images/\(hash)").status == 200 else { continue }
            present += 1
            if try await client.byteCount(of: key) != photo.count { lost += 1 }
        }
        #expect(lost == 0, "of \(present) that were there in \(Self.raceRounds) rounds")
        client.stop()
    }

    private static func ask(
        _ port: UInt16, _ head: String, _ body: [UInt8] = []
    ) async throws -> Int {
        let connection = try Connection(port: port)
        try connection.send(head)
        try? connection.send(body)
        return try connection.readAnswer().status
    }

    /// Before all of it is there; of no part the last byte, which waits for the proof.
    @Test(.enabled(if: StoreEngine.ceph != nil)) func anOriginalIsSentWhileItComes() throws {
        let engine = try #require(StoreEngine.ceph)
        let relay = try StoreRelay(to: engine.endpoint)
        let site = try StoreSite(engine, endpoint: relay.endpoint)
        let photo = try Photos.one()
        let hash = try { try site.start().upload(photo) }()
        try site.forgetAllButTheIndex()
        let edge = try site.start(["ORIGINALS_S3_MINIMUM_BYTES_PER_SECOND": "1"])
        try relay.harm(by: .half)
        let (whole, part) = (try edge.connection(), try edge.connection())
        try whole.send(Edge.head("GET", "/originals/\(hash)"))
        try whole.awaitBytes(photo.count / 2)
        try part.send(Edge.head("GET", "/originals/\(hash)", ["Range: bytes=1000-1999"]))
        try part.awaitBytes(999)
        try relay.harm(by: .none)
        #expect(try whole.readAnswer().content == photo)
        let answer = try part.readAnswer()
        #expect(answer.status == 206 && answer.content == Array(photo[1000..<2000]))
        #expect(relay.requests.filter { $0.hasPrefix("GET") } == ["GET"])
    }

    /// What is fetched goes by way of a file: memory does not grow with it.
    @Test(arguments: StoreEngine.all) func memoryDoesNotGrowWithObjects(engine: StoreEngine) throws
    {
        let site = try StoreSite(engine)
        // A picture may have anything behind its end.
        let photo = try Photos.small(1) + [UInt8](repeating: 7, count: 100 << 20)
        let hash = contentHash(photo)
        let limits = ["LIMITS_UPLOAD_BYTES": "200MiB"]
        do {
            let first = try site.start(limits)
            let answer = try first.ask("PUT", "/originals/\(hash)", body: photo)
            #expect(answer.status == 201, "\(answer)")
        }
        try site.forgetAllButTheIndex()
        let edge = try site.start(limits)
        _ = try edge.ask("/thumbs/40x/\(try edge.upload(try Photos.small(2))).jpg")
        let before = try edge.residentPeakMegabytes()
        #expect(try edge.ask("/thumbs/40x/\(hash).jpg").status == 200)
        let grown = try edge.residentPeakMegabytes() - before
        #expect(grown < 20 || Edge.isSanitized, "\(grown) MB")
    }
}
