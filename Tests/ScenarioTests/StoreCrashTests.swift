import Foundation
import Glibc
import TestSupport
import Testing

/// Edge or gateway killed at any moment during uploads: every acknowledged image is whole.
@Suite(.serialized, .enabled(if: StoreEngine.ceph != nil)) struct StoreCrashTests {
    @Test func acknowledgedUploadsSurviveKillsOfEdgeAndGateway() throws {
        let engine = try #require(StoreEngine.ceph)
        let site = try StoreSite(engine, endpoint: engine.otherEndpoint)
        let crash = CrashTests()
        let queue = DispatchQueue(label: "kills")
        var random = SeededGenerator(seed: 11)
        var acknowledged: [String: [UInt8]] = [:]
        for round in 0..<CrashTests.rounds {
            let edge = try site.start()
            let target = Int.random(in: 1...12, using: &random)
            let delay = DispatchTimeInterval.milliseconds(.random(in: 0...300, using: &random))
            let isGateways = !round.isMultiple(of: 2)
            let killing = DispatchWorkItem { try? engine.signal(SIGKILL, "rgw.b") }
            if isGateways { queue.asyncAfter(deadline: .now() + delay, execute: killing) }
            let kept = crash.uploadUntilKilled(
                edge, round: round, killAfter: target, refusals: isGateways ? 40 : 0)
            acknowledged.merge(kept) { first, _ in first }
            if isGateways {
                killing.cancel()
                queue.sync {}
                try engine.signal(SIGKILL, "rgw.b")
                try engine.restartOtherGateway()
            }
            try site.forgetAllButTheIndex()
            let next = try site.start()
            try crash.verify(kept, sample: 20, on: next)
        }
        try site.forgetAllButTheIndex()
        let edge = try site.start()
        for (hash, photo) in acknowledged {
            #expect(try edge.ask("/originals/\(hash)").content == photo)
        }
        try crash.expectOnlyWholeImages(on: edge)
        #expect(acknowledged.count >= CrashTests.rounds / 2)
    }
}
