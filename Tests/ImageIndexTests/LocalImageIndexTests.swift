import Foundation
import Rendition
import TestSupport
import Testing
import Text

@testable import ImageIndex

@Suite struct LocalImageIndexTests {
    @Test func everythingIsThereAfterReopening() async throws {
        let scratch = try Scratch()
        let pipeline = PipelineVersion(value: 3)
        do {
            let index = try LocalImageIndex(directory: scratch.path)
            _ = try await index.put(.full(1))
            _ = try await index.put(.sample(2))
            _ = try await index.delete(.sample(2), block: true, of: nil)
            try await index.remember(
                Verdict(reason: 1, detail: "no"), for: .sample(3), pipeline: pipeline)
            index.close()
        }
        let index = try LocalImageIndex(directory: scratch.path)
        #expect(try await index.image(.sample(1)) == .present(.full(1)))
        #expect(try await index.image(.sample(2)) == .blocked)
        #expect(try await index.verdict(for: .sample(3), pipeline: pipeline)?.detail == "no")
        #expect(try await index.list(ImageQuery(), limit: 9, after: nil).images == [.full(1)])
    }

    @Test func aClosedIndexRefusesWrites() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        index.close()
        await #expect(throws: ImageIndexError.self) { try await index.put(.sample(1)) }
        #expect(try await index.image(.sample(1)) == .unknown)
    }

    @Test func summariesFollowTheImage() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        let reader = try index.makeSummaries()
        #expect(try reader.summary(of: .sample(1)) == nil)
        _ = try await index.put(.full(1))
        let summary = try #require(try reader.summary(of: .sample(1)))
        #expect(summary == ImageSummary(of: .full(1), state: .present))
        #expect(summary.type.description == "image/x-sixteen!")
        #expect(summary.uploadedAtSeconds == 1_700_000_000)
        #expect(summary.width == 4000 && summary.height == 3000 && summary.frames == 12)
        #expect(summary.hasAlpha && summary.isFar && summary.byteCount == 1001)
        _ = try await index.delete(.sample(1), block: false, of: nil)
        #expect(try reader.summary(of: .sample(1))?.state == .deleted)
        _ = try await index.delete(.sample(1), block: true, of: nil)
        #expect(try reader.summary(of: .sample(1))?.state == .blocked)
    }

    /// The transaction number stands in LMDB's two meta pages (struct MDB_meta, mm_txnid).
    @Test func concurrentPutsShareCommits() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        func transactions() throws -> UInt64 {
            let file = try Data(contentsOf: URL(fileURLWithPath: "\(scratch.path)/data.mdb"))
            return [0, 4096].map { page in
                (0..<8).reduce(0) { $0 | UInt64(file[page + 144 + $1]) << (8 * $1) }
            }.max() ?? 0
        }
        let before = try transactions()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<400 {
                group.addTask { _ = try await index.put(.sample(number)) }
            }
            try await group.waitForAll()
        }
        let commits = try transactions() - before
        #expect((1..<200).contains(commits), "\(commits) commits of 400 puts")
    }

    @Test func theNumberOfVerdictsIsBounded() async throws {
        let scratch = try Scratch()
        var options = LocalImageIndex.Options()
        options.maximumVerdictCount = 5
        let index = try LocalImageIndex(directory: scratch.path, options: options)
        let (verdict, pipeline) = (Verdict(reason: 1, detail: ""), PipelineVersion(value: 1))
        for number in 0..<20 {
            try await index.remember(verdict, for: .sample(number), pipeline: pipeline)
            #expect(try await index.verdict(for: .sample(number), pipeline: pipeline) == verdict)
        }
        #expect(try index.counts().verdicts == 5)
    }

    @Test func aVerdictThatIsForgottenLeavesAnImageThatIsReady() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        let (verdict, pipeline) = (Verdict(reason: 1, detail: "no"), PipelineVersion(value: 1))
        _ = try await index.put(.sample(1))
        for number in 1...2 {
            try await index.remember(verdict, for: .sample(number), pipeline: pipeline)
            try await index.forgetVerdict(on: .sample(number))
            #expect(try await index.verdict(for: .sample(number), pipeline: pipeline) == nil)
        }
        #expect(try await index.image(.sample(1)) == .present(.sample(1)))
        var failed = ImageQuery()
        failed.status = .failed
        #expect(try await index.list(failed, limit: 9, after: nil).images.isEmpty)
    }

    @Test func whatWasSaidOfAPictureIsCorrectedWhereverItIsFoundBy() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        let reader = try index.makeSummaries()
        _ = try await index.put(.full(1))
        var corrected = ImageDocument.full(1)
        (corrected.type, corrected.width) = (MediaType("image/png"), 17)
        corrected.perceptualHash = 99
        for isOther in [true, false] {
            let outcome = try await index.correct(.sample(1)) { document in
                (document.type, document.width) = (MediaType("image/png"), 17)
                document.perceptualHash = 99
            }
            #expect(outcome == isOther)
        }
        #expect(try await index.image(.sample(1)) == .present(corrected))
        #expect(
            try reader.summary(of: .sample(1)) == ImageSummary(of: corrected, state: .present))
        var query = ImageQuery()
        query.type = MediaType("image/png")
        #expect(try await index.list(query, limit: 9, after: nil).images == [corrected])
        #expect(try await index.correct(.sample(2)) { _ in } == nil)
    }

    /// Each look at a picture takes another time.
    @Test func theTimeOfALookAloneCorrectsNothing() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        _ = try await index.put(.full(1))
        _ = try await index.correct(.sample(1)) { $0.processorMicroseconds = 10 }
        guard case .present(let known) = try await index.image(.sample(1)) else {
            Issue.record("not there")
            return
        }
        for time in 20..<23 as Range<UInt32> {
            #expect(
                try await index.correct(.sample(1)) { $0.processorMicroseconds = time } == false)
            #expect(try await index.image(.sample(1)) == .present(known))
        }
        let isOther = try await index.correct(.sample(1)) {
            ($0.processorMicroseconds, $0.width) = (30, 17)
        }
        #expect(isOther == true)
        guard case .present(let corrected) = try await index.image(.sample(1)) else {
            Issue.record("not there")
            return
        }
        #expect(corrected.processorMicroseconds == 30 && corrected.width == 17)
    }

    @Test func aFullIndexKeepsNothingOfThePutItRefuses() async throws {
        let scratch = try Scratch()
        var options = LocalImageIndex.Options()
        options.mapByteCount = 256 << 10
        let index = try LocalImageIndex(directory: scratch.path, options: options)
        var stored = 0
        await #expect(throws: ImageIndexError.full) {
            for number in 0..<10_000 {
                _ = try await index.put(.sample(number))
                stored = number + 1
            }
        }
        #expect(stored > 10)
        #expect(try await index.image(.sample(stored)) == .unknown)
        #expect(try await index.image(.sample(stored - 1)) == .present(.sample(stored - 1)))
        #expect(try index.counts().present == stored)
    }

    /// A filter that matches little costs a bounded number of documents a page, and still gets
    /// there.
    @Test func aPageLooksAtABoundedNumberOfImages() async throws {
        let scratch = try Scratch()
        var options = LocalImageIndex.Options()
        options.scanLimit = 20
        let index = try LocalImageIndex(directory: scratch.path, options: options)
        for number in 0..<30 {
            var document = ImageDocument.sample(number)
            if number == 0 { document.name = "mine" }
            _ = try await index.put(document)
        }
        var query = ImageQuery()
        query.name = "mine"
        let first = try await index.list(query, limit: 10, after: nil)
        #expect(first.images.isEmpty)
        let next = try #require(first.next)
        let second = try await index.list(query, limit: 10, after: next)
        #expect(second.images.map(\.hash) == [.sample(0)])
        #expect(second.next == nil)
    }

    /// A child is killed in the middle of concurrent writes: what it was told is durable is there.
    @Test(arguments: 0..<4)
    func acknowledgedPutsSurviveAKill(round: Int) async throws {
        let scratch = try Scratch()
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = scratch.path as String, round = round as Int] in
            let log = unsafe open("\(path)/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            let index = try LocalImageIndex(directory: path)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        for step in 0..<1000 {
                            let number = 1000 * task + step
                            _ = try await index.put(.full(number))
                            let line = "\(number)\n"
                            _ = unsafe write(log, line, line.utf8.count)
                            if task == round, step == 10 * (round + 1) { kill(getpid(), SIGKILL) }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let log = try String(contentsOfFile: "\(scratch.path)/acknowledged", encoding: .utf8)
        let numbers = log.split(separator: "\n").compactMap { Int($0) }
        #expect(numbers.count > 10)
        var options = LocalImageIndex.Options()
        options.scanLimit = 20_000
        let index = try LocalImageIndex(directory: scratch.path, options: options)
        for number in numbers {
            #expect(try await index.image(.sample(number)) == .present(.full(number)))
        }
        let counts = try index.counts()
        let listed = try await index.list(ImageQuery(), limit: 20_000, after: nil).images
        #expect(listed.count == counts.present && counts.present >= numbers.count)
        #expect(counts.tombstones == 0)
    }
}
