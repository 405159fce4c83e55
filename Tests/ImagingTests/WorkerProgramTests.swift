import Foundation
import Glibc
import LinuxIO
import Rendition
import TestSupport
import Testing
import WorkerLink

@Suite(.serialized, .enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
struct WorkerProgramTests {
    private static let all = JobLimits(inputTypes: EnumSet(ImageType.allCases))

    @Test func saysWhichLibrariesItHas() throws {
        let worker = try WorkerProcess()
        for name in ["vips 8.", "jpeg lib", "png 1", "webp 1", "aom v", "lcms 2"] {
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
            #expect(!answer.isInRoom && answer.bytes.count == Int(output.byteCount))
            #expect(output.timings.encode > 0 && output.decodes == (index == 0 ? 1 : 0))
            #expect((output.timings.decode > 0) == (index == 0))
        }
        try scratch.write(answers[0].bytes, to: scratch.path("b.jpg"))
        #expect(try Pillow.describe(scratch.path("b.jpg")) == "JPEG 200 200 RGB")
    }

    @Test func sharedMemoryAndFilesHoldTheSame() throws {
        let scratch = try Scratch()
        let path = scratch.path("a.jpg")
        // Noise, so that the outputs are large.
        let script = """
            noise = [Image.effect_noise((1400, 900), 80) for _ in range(3)]
            Image.merge('RGB', noise).save(args[0], quality=80)
            """
        try Pillow.run(script, [path])
        let bytes = try Files.bytes(path)
        try #require(bytes.count <= SharedLayout.inputByteCount)
        let worker = try WorkerProcess()
        // The second does not fit behind the first.
        let outputs = [
            Recipe.box(1100, 0, .inside, .explicit(.png)),
            .box(1000, 0, .inside, .explicit(.png)), .box(100, 0, .inside, .explicit(.jpeg)),
        ]
        let fromFile = try worker.ask(
            .render(JobID(1), RenderJob(outputs: outputs)), about: path, replies: 3)
        let shared = RenderJob(outputs: outputs, sharedByteCount: UInt32(bytes.count))
        let fromMemory = try worker.ask(
            .render(JobID(2), shared), aboutShared: bytes, replies: 3)
        #expect(fromFile.map(\.bytes) == fromMemory.map(\.bytes))
        #expect(Set(fromMemory.map(\.isInRoom)) == [true, false])
        for answer in fromMemory {
            #expect(answer.bytes.starts(with: [0x89]) || answer.bytes.starts(with: [0xFF, 0xD8]))
        }
    }

    /// Alone, together with others, before and after them, by another worker: the same bytes.
    @Test func sameRecipeSameBytes() throws {
        let scratch = try Scratch()
        let path = scratch.path("a.jpg")
        try Pillow.run("photo(2400, 1600).save(args[0], quality=90)", [path])
        let input = JobInput(original: ContentHash(bytes: .init(repeating: 1)))
        let outputs = [
            Recipe.box(1200, 1200, .inside, .explicit(.jpeg)), .box(240, 240, .cover, .fallback),
            .box(700, 0, .inside, .explicit(.webp)), .box(120, 90, .fill, .explicit(.png)),
            .box(200, 0, .inside, .explicit(.avif)), .box(180, 0, .inside, .explicit(.jxl)),
            .box(150, 0, .inside, .explicit(.gif)),
            Recipe.box(160, 0, .inside, .explicit(.jpeg)).with { $0.trim = 10 },
        ]
        func made(_ outputs: [Recipe], _ worker: WorkerProcess) throws -> [Recipe: [UInt8]] {
            let request = WorkerRequest.render(JobID(1), RenderJob(outputs: outputs, of: input))
            var found: [Recipe: [UInt8]] = [:]
            for answer in try worker.ask(request, about: path, replies: outputs.count) {
                guard case .rendered(_, let output) = answer.reply else { continue }
                found[outputs[Int(output.index)]] = answer.bytes
            }
            return found
        }
        let (first, second) = (try WorkerProcess(), try WorkerProcess())
        let together = try made(outputs, first)
        #expect(together.count == outputs.count)
        #expect(try made(outputs.reversed(), first) == together)
        for recipe in outputs.shuffled() {
            let again = try made([recipe], second)[recipe]
            #expect(again == together[recipe], "\(recipe)")
        }
    }

    /// Whether the master lay in the store or had to be made first, renditions are the same.
    @Test(arguments: [("photo", "jpg"), ("alpha", "png")])
    func aMissingMasterIsMadeFirst(kind: String, name: String) throws {
        let scratch = try Scratch()
        let (path, reduced) = (scratch.path("a.\(name)"), scratch.path("master"))
        try Pillow.run(
            """
            im = photo(1800, 1201)
            if args[1] == 'alpha': im.putalpha(im.getchannel('R'))
            im.save(args[0])
            """, [path, kind])
        let outputs = [
            Recipe.box(600, 0, .inside, .explicit(.jpeg)), .box(200, 200, .cover, .explicit(.webp)),
        ]
        let worker = try WorkerProcess()
        let found = try worker.ask(
            .probe(JobID(1), Self.all, master: .inSRGB), about: path, replies: 2)
        try scratch.write(found[0].bytes, to: reduced)
        func input(_ original: UInt8, isMissing: Bool) -> JobInput {
            JobInput(
                original: ContentHash(bytes: .init(repeating: original)),
                masterOf: PixelSize(width: 1800, height: 1201), isMasterMissing: isMissing)
        }
        let fromMaster = try worker.ask(
            .render(JobID(2), RenderJob(outputs: outputs, of: input(1, isMissing: false))),
            about: reduced, replies: 2)
        let fromOriginal = try worker.ask(
            .render(JobID(3), RenderJob(outputs: outputs, of: input(2, isMissing: true))),
            about: path, replies: 3)
        guard case .mastered(_, let count) = fromOriginal[0].reply
        else { Issue.record("\(fromOriginal[0].reply)"); return }
        #expect(fromOriginal[0].bytes == found[0].bytes && Int(count) == found[0].bytes.count)
        #expect(fromOriginal[1].bytes == fromMaster[0].bytes && !fromMaster[0].bytes.isEmpty)
        #expect(fromOriginal[2].bytes == fromMaster[1].bytes)
    }

    @Test func theWatermarkComesAsASecondDescriptor() throws {
        let scratch = try Scratch()
        let (path, mark) = (scratch.path("a.png"), scratch.path("mark.png"))
        try Pillow.run(
            """
            Image.new('RGB', (100, 100), 'white').save(args[0])
            Image.new('RGB', (10, 10), 'blue').save(args[1])
            """, [path, mark])
        var placement = Watermark.Placement()
        (placement.position, placement.scale) = (.center, 500)
        let recipe = Recipe.box(60, 60).with { $0.watermark = 9 }
        let job = RenderJob(
            outputs: [recipe, .box(60, 60)],
            of: JobInput(overlay: Overlay(fingerprint: 9, placement: placement)))
        let worker = try WorkerProcess()
        let request = WorkerRequest.render(JobID(1), job)
        let answers = try worker.ask(request, about: path, beside: mark, replies: 2)
        for answer in answers {
            guard case .rendered(_, let output) = answer.reply
            else { Issue.record("\(answer.reply)"); continue }
            try scratch.write(answer.bytes, to: scratch.path("out"))
            let pixel = try Pillow.pixels(scratch.path("out"), at: [(50, 50)])[0]
            #expect(pixel == (output.index == 0 ? [0, 0, 255, 255] : [255, 255, 255, 255]))
        }
        // Without it, or with something else: refused as ours to mend, not the picture's fault.
        for other in [nil, "/proc/self/exe"] {
            let answer = try worker.ask(request, about: path, beside: other)[0]
            guard case .refused(_, let refusal) = answer.reply
            else { Issue.record("\(answer.reply)"); continue }
            #expect(refusal.reason == .internalFailure && refusal.output == nil)
        }
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
            .probe(JobID(1), Self.all, master: .inSRGB), about: path, replies: 2)
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
        for wish in [MasterWish.unwanted, .inSRGB] {
            let answer = try worker.ask(
                .probe(JobID(1), Self.all, master: wish), about: path)[0]
            guard case .refused(_, let refusal) = answer.reply
            else { Issue.record("\(answer.reply)"); continue }
            #expect(refusal.reason == .broken)
        }
    }

    @Test func refusesTheWholeJobOfWhatItCanNotRead() throws {
        let scratch = try Scratch()
        try scratch.write(Array("no image".utf8), to: scratch.path("a"))
        try scratch.write([], to: scratch.path("empty"))
        let worker = try WorkerProcess()
        let outputs = [Recipe.box(9, 9), .box(8, 8)]
        for name in ["a", "empty"] {
            let answer = try worker.ask(
                .render(JobID(1), RenderJob(outputs: outputs)), about: scratch.path(name))[0]
            guard case .refused(_, let refused) = answer.reply
            else { Issue.record("\(answer.reply)"); continue }
            #expect(refused.reason == .unsupportedType && refused.output == nil)
            let probed = try worker.ask(
                .probe(JobID(2), Self.all, master: .unwanted), about: scratch.path(name))
            guard case .refused(_, let refusal) = probed[0].reply
            else { Issue.record("\(probed[0].reply)"); continue }
            #expect(refusal.reason == .unsupportedType)
        }
    }

    /// libjxl would end the process.
    @Test(.enabled(if: WorkerProcess.isBound))
    func refusesAJPEGXLThatItHasNoMemoryFor() throws {
        let scratch = try Scratch()
        let path = scratch.path("a.jpg")
        try Pillow.run("Image.new('RGB', (4000, 2500), 'navy').save(args[0])", [path])
        let worker = try WorkerProcess(environment: ["POLLEX_WORKER_MEMORY_BYTES=\(600 << 20)"])
        for (width, isMade) in [(UInt16(4000), false), (400, true), (4000, false)] {
            let job = RenderJob(outputs: [.box(width, 0, .inside, .explicit(.jxl))])
            switch try worker.ask(.render(JobID(1), job), about: path)[0].reply {
            case .rendered: #expect(isMade)
            case .refused(_, let refusal): #expect(!isMade && refusal.reason == .outOfMemory)
            case let reply: Issue.record("\(reply)")
            }
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
        _ = try worker.ask(.probe(JobID(99), Self.all, master: .unwanted), about: path)
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
                .probe(JobID(1), Self.all, master: .unwanted), about: row.path)[0]
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
