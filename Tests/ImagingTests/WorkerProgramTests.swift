import Foundation
import Glibc
import LinuxIO
import Rendition
import Testing
import WorkerLink

@Suite(.serialized, .enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
struct WorkerProgramTests {
    private static let all = JobLimits(inputTypes: EnumSet(ImageType.allCases))

    @Test func saysWhichLibrariesItHas() throws {
        let worker = try WorkerProcess()
        for name in ["vips 8.", "jpeg lib", "png 1", "webp 1", "heif 1", "aom v", "lcms 2"] {
            #expect(worker.versions.contains(name), "\(worker.versions)")
        }
    }

    @Test func answersEveryOutputOfAJob() throws {
        let scratch = try Scratch()
        let path = scratch.path("a.jpg")
        try Pillow.run("photo(640, 400).save(args[0], quality=90)", [path])
        let worker = try WorkerProcess()
        let outputs = [
            Recipe.box(200, 200, .cover, .explicit(.jpeg)), .box(100, 100, .inside, .fallback),
            .box(60, 60, .contain, .explicit(.webp)), .box(50, 50, .inside, .explicit(.avif)),
        ]
        let request = WorkerRequest.render(JobID(7), RenderJob(outputs: outputs))
        let answers = try worker.ask(request, about: path, replies: outputs.count)
        for (index, answer) in answers.enumerated() {
            guard case .rendered(let job, let output) = answer.reply
            else { Issue.record("\(answer.reply)"); continue }
            let expected = outputs[index].outputSize(sourceWidth: 640, sourceHeight: 400).final
            #expect(job == JobID(7) && Int(output.index) == index)
            #expect((Int(output.width), Int(output.height)) == (expected.width, expected.height))
            #expect(answer.isSealed && answer.bytes.count == Int(output.byteCount))
            #expect(output.timings.encode > 0 && output.decodes == (index == 0 ? 1 : 0))
            #expect((output.timings.decode > 0) == (index == 0))
        }
        try scratch.write(answers[0].bytes, to: scratch.path("b.jpg"))
        #expect(try Pillow.describe(scratch.path("b.jpg")) == "JPEG 200 200 RGB")
    }

    /// Further sizes of what was decoded last need no decoding, another original does.
    @Test func decodesOnceForAllSizesOfOneOriginal() throws {
        let scratch = try Scratch()
        let path = scratch.path("a.jpg")
        try Pillow.run("photo(1200, 900).save(args[0], quality=90)", [path])
        let worker = try WorkerProcess()
        func decodes(_ original: UInt8, _ side: UInt16) throws -> UInt8? {
            let input = JobInput(original: ContentHash(bytes: .init(repeating: original)))
            let job = RenderJob(outputs: [.box(side, side, .inside, .explicit(.jpeg))], of: input)
            let answer = try worker.ask(.render(JobID(1), job), about: path)[0]
            guard case .rendered(_, let output) = answer.reply else { return nil }
            return output.decodes
        }
        #expect(try decodes(1, 100) == 1)
        #expect(try decodes(1, 600) == 0)
        #expect(try decodes(1, 1200) == 0)
        #expect(try decodes(2, 50) == 1)
    }

    @Test func makesAMasterOfALargePhotoAndRendersFromIt() throws {
        let scratch = try Scratch()
        let (path, reduced) = (scratch.path("a.jpg"), scratch.path("master.jpg"))
        try Pillow.run("photo(2400, 1601).save(args[0], quality=90)", [path])
        let worker = try WorkerProcess()
        let found = try worker.ask(
            .probe(JobID(1), Self.all, wantsMaster: true), about: path, replies: 2)
        guard case .rendered(_, let master) = found[0].reply,
            case .probed(_, let facts) = found[1].reply
        else { Issue.record("\(found)"); return }
        #expect(master.decodes == 1 && master.width * master.height <= 787_000)
        try scratch.write(found[0].bytes, to: reduced)
        let size = PixelSize(width: Int(facts.width), height: Int(facts.height))
        let input = JobInput(original: ContentHash(bytes: .zero), masterOf: size)
        let job = RenderJob(outputs: [.box(600, 0, .inside, .explicit(.jpeg))], of: input)
        let answer = try worker.ask(.render(JobID(2), job), about: reduced)[0]
        guard case .rendered(_, let output) = answer.reply
        else { Issue.record("\(answer.reply)"); return }
        // 600 of 2400 × 1601 is 400 high; of the master alone it would be 401.
        #expect(output.width == 600 && output.height == 400 && output.isOfMaster)
    }

    @Test(arguments: [0.3, 0.7, 0.99])
    func findsWhatIsCutOff(share: Double) throws {
        let scratch = try Scratch()
        let path = scratch.path("a.jpg")
        try Pillow.run("photo(1600, 1200).save(args[0], quality=90)", [path])
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        try scratch.write(Array(whole.prefix(Int(Double(whole.count) * share))), to: path)
        let worker = try WorkerProcess()
        for wantsMaster in [false, true] {
            let answer = try worker.ask(
                .probe(JobID(1), Self.all, wantsMaster: wantsMaster), about: path)[0]
            guard case .refused(_, let refusal) = answer.reply
            else { Issue.record("\(answer.reply)"); continue }
            #expect(refusal.reason == .broken)
        }
    }

    @Test func refusesEveryOutputOfWhatItCanNotRead() throws {
        let scratch = try Scratch()
        try scratch.write(Array("no image".utf8), to: scratch.path("a"))
        try scratch.write([], to: scratch.path("empty"))
        let worker = try WorkerProcess()
        let outputs = [Recipe.box(9, 9), .box(8, 8)]
        for name in ["a", "empty"] {
            let answers = try worker.ask(
                .render(JobID(1), RenderJob(outputs: outputs)), about: scratch.path(name),
                replies: 2)
            for (index, answer) in answers.enumerated() {
                guard case .refused(_, let refusal) = answer.reply
                else { Issue.record("\(answer.reply)"); continue }
                #expect(refusal.reason == .unsupportedType && refusal.output == UInt8(index))
            }
            let probed = try worker.ask(
                .probe(JobID(2), Self.all, wantsMaster: false), about: scratch.path(name))
            guard case .refused(_, let refusal) = probed[0].reply
            else { Issue.record("\(probed[0].reply)"); continue }
            #expect(refusal.reason == .unsupportedType)
        }
    }

    @Test func keepsNoDescriptorOfAJob() throws {
        let scratch = try Scratch()
        let path = scratch.path("a.png")
        try Pillow.run("photo(64, 40).save(args[0])", [path])
        let worker = try WorkerProcess()
        func descriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(worker.pid)/fd").count
        }
        let before = try descriptors()
        for index in UInt64(0)..<20 {
            let job = RenderJob(outputs: [.box(20, 20, .inside, .explicit(.webp))])
            _ = try worker.ask(.render(JobID(index), job), about: path)
        }
        // The last job is closed at the latest when the next one has been answered.
        _ = try worker.ask(.probe(JobID(99), Self.all, wantsMaster: false), about: path)
        #expect(try descriptors() <= before + 1)
    }

    @Test func leavesWhenTheEdgeDoes() throws {
        #expect(try WorkerProcess().finish() == .status(0))
    }

    @Test func leavesWhenItIsToldNonsense() throws {
        let worker = try WorkerProcess()
        worker.send([0xff, 0xff, 0xff], input: [])
        #expect(try worker.exit() == .status(1))
    }

    struct Row: CustomTestStringConvertible {
        let path: String
        let expectation: String
        var testDescription: String { path }
    }

    /// Odd, broken and hostile images collected by others; `ok`, `reject` or `either`.
    static let corpus: [Row] = {
        guard
            let index = try? String(
                contentsOfFile: Files.shared + "/corpora/INDEX.tsv", encoding: .utf8)
        else { return [] }
        return index.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard columns.count > 2, columns[0].hasPrefix("images/") else { return nil }
            return Row(
                path: "\(Files.shared)/corpora/\(columns[0])", expectation: String(columns[2]))
        }
    }()

    /// One process takes them all: none kills it, hangs it or makes it lie.
    @Test(.enabled(if: !corpus.isEmpty, "the corpora are not on this machine"))
    func survivesTheCorpora() throws {
        let worker = try WorkerProcess()
        let recipe = Recipe.box(320, 240, .inside, .fallback)
        for row in Self.corpus {
            let probed = try worker.ask(
                .probe(JobID(1), Self.all, wantsMaster: false), about: row.path)[0]
            let job = RenderJob(outputs: [recipe], limits: Self.all)
            let rendered = try worker.ask(.render(JobID(2), job), about: row.path)[0]
            switch rendered.reply {
            case .rendered(_, let output):
                #expect(row.expectation != "reject", "\(row.path) was rendered")
                #expect(output.width <= 320 && output.height <= 240, "\(row.path)")
                // A probe looks at every frame and at the last line, a rendition perhaps not.
                if case .refused(_, let refusal) = probed.reply {
                    #expect(row.expectation != "ok" && refusal.reason == .broken, "\(row.path)")
                }
            case .refused(_, let refusal):
                #expect(row.expectation != "ok", "\(row.path): \(refusal)")
                #expect(refusal.reason != .internalFailure, "\(row.path): \(refusal)")
            default: Issue.record("\(row.path): \(rendered.reply)")
            }
        }
        #expect(try worker.finish() == .status(0))
    }
}
