import Foundation
import Glibc
import TestSupport
import Testing

// A store that fails one of several edges.
extension StoreFailureTests {
    /// What one edge asked a store that hung to delete may go at any time: no other edge takes it
    /// for stored meanwhile.
    @Test(.enabled(if: DatabaseEngine.shared != nil, "no PostgreSQL runs"))
    func aDeletionInDoubtKeepsTheBytesFromOtherEdges() throws {
        let engine = try #require(StoreEngine.ceph)
        let site = try SharedIndexSite(edges: 2, originals: engine)
        let edges = [
            try site.start(0, ["ORIGINALS_S3_ENDPOINT": engine.otherEndpoint]), try site.start(1),
        ]
        let photo = try Photos.small(6301)
        let hash = contentHash(photo)
        try edges[0].upload(photo)
        try engine.signal(SIGSTOP, "rgw.b")
        defer { try? engine.signal(SIGCONT, "rgw.b") }
        #expect(try edges[0].ask("DELETE", "/images/\(hash)").status == 503)
        let refused = try edges[1].ask("POST", "/images", ["Content-Type: image/jpeg"], body: photo)
        #expect(refused.status == 503 && refused["Retry-After"] != nil, "\(refused)")
        try engine.signal(SIGCONT, "rgw.b")
        #expect(
            try edges[1].waits {
                let answer = try edges[1].ask(
                    "POST", "/images", ["Content-Type: image/jpeg"], body: photo)
                return answer.status == 201
            })
        for edge in edges {
            #expect(try edge.ask("/originals/\(hash)").status == 200)
            #expect(try edge.ask("/thumbs/40x/\(hash).jpg").status == 200)
        }
    }
}
