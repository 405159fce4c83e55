import Rendition
import TestSupport
import Testing
import WorkerLink

@Suite struct FrameTests {
    static func request(_ bytes: [UInt8]) throws(FrameError) -> WorkerRequest {
        try WorkerRequest(frame: bytes.span)
    }

    static func reply(_ bytes: [UInt8]) throws(FrameError) -> WorkerReply {
        try WorkerReply(frame: bytes.span)
    }

    static func anyRequest(using random: inout SeededGenerator) -> WorkerRequest {
        let job = JobID(random.next())
        let limits = JobLimits(
            inputPixels: random.next(), inputFramePixels: random.next(),
            inputSide: UInt32(truncatingIfNeeded: random.next()),
            inputTypes: EnumSet(ImageType.allCases.filter { _ in random.next() & 1 == 0 }),
            output: OutputLimits(
                side: UInt16.random(in: 1...UInt16.max, using: &random),
                pixels: UInt64.random(in: 1...UInt64.max, using: &random)))
        if random.next() & 1 == 0 {
            return .probe(
                job, limits, master: MasterWish.allCases.randomElement(using: &random) ?? .unwanted)
        }
        let outputs = (0..<Int.random(in: 1...16, using: &random)).map { _ in
            var recipe = Recipe(
                width: UInt16.random(in: 1...8192, using: &random), height: 0,
                fit: Fit.allCases.randomElement(using: &random) ?? .inside,
                format: OutputFormat.allCases.randomElement(using: &random).map { .explicit($0) }
                    ?? .fallback)
            recipe.quality = UInt8.random(in: 0...100, using: &random)
            recipe.gravity = .focalPoint(x: UInt16.random(in: 0...1000, using: &random), y: 7)
            return recipe
        }
        var style = Style()
        style.quality = QualityDefaults(jpeg: UInt8.random(in: 1...100, using: &random))
        style.quality.smallSide = UInt16.random(in: 0...500, using: &random)
        style.quality.smallMore = UInt8.random(in: 0...99, using: &random)
        style.keepsDisplayP3 = Bool.random(using: &random)
        style.isLinear = Bool.random(using: &random)
        style.keepsRights = Bool.random(using: &random)
        return .render(
            job,
            RenderJob(
                outputs: outputs, of: anyInput(using: &random), limits: limits, style: style,
                sharedByteCount: UInt32.random(
                    in: 0...UInt32(SharedLayout.inputByteCount), using: &random)))
    }

    static func anyInput(using random: inout SeededGenerator) -> JobInput {
        let kind = Int.random(in: 0..<3, using: &random)
        var placement = Watermark.Placement()
        placement.offset = UInt16.random(in: 0...500, using: &random)
        let overlay = Overlay(fingerprint: random.next() | 1, placement: placement)
        guard kind > 0 else { return JobInput(overlay: overlay) }
        var name = SIMD32<UInt8>()
        for index in name.indices { name[index] = UInt8(truncatingIfNeeded: random.next()) }
        let size = PixelSize(
            width: Int.random(in: 1...100_000, using: &random),
            height: Int.random(in: 1...100_000, using: &random))
        return JobInput(
            original: ContentHash(bytes: name), masterOf: kind == 2 ? size : nil,
            isMasterMissing: kind == 2 && random.next() & 1 == 0,
            overlay: random.next() & 1 == 0 ? overlay : nil)
    }

    static func anyReply(using random: inout SeededGenerator) -> WorkerReply {
        let job = JobID(random.next())
        func number(upTo most: UInt32 = .max) -> UInt32 {
            UInt32.random(in: 1...most, using: &random)
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            return .probed(
                job,
                ImageFacts(
                    type: ImageType.allCases.randomElement(using: &random) ?? .jpeg,
                    width: number(upTo: 100_000), height: number(upTo: 10_000),
                    orientation: UInt8.random(in: 1...8, using: &random),
                    frames: number(upTo: 4),
                    hasAlpha: Bool.random(using: &random),
                    colorSpace: ColorSpace.allCases.randomElement(using: &random) ?? .srgb,
                    isFar: Bool.random(using: &random),
                    bitDepth: UInt8.random(in: 1...32, using: &random),
                    isProgressive: Bool.random(using: &random),
                    capturedAt: Bool.random(using: &random)
                        ? nil : Int64.random(in: PictureBounds.captureSeconds, using: &random),
                    likeness: Bool.random(using: &random) ? nil : anyLikeness(using: &random)))
        case 1:
            return .rendered(
                job,
                RenderedOutput(
                    index: UInt8.random(in: 0..<16, using: &random), width: number(upTo: 16_383),
                    height: number(upTo: 16_383),
                    format: OutputFormat.allCases.randomElement(using: &random) ?? .jpeg,
                    byteCount: UInt64(number(upTo: 1 << 31)),
                    timings: RenderedOutput.Timings(
                        decode: number(upTo: 3_600_000_000), resize: number(upTo: 1),
                        encode: number(upTo: 1_000_000)),
                    decodes: UInt8.random(in: 0...16, using: &random),
                    isOfMaster: Bool.random(using: &random)))
        case 2:
            let reason = RefusalReason.allCases.randomElement(using: &random) ?? .broken
            let output =
                Bool.random(using: &random) ? nil : UInt8.random(in: 0..<16, using: &random)
            return .refused(job, Refusal(reason, output: output, detail: "premature end of JPEG"))
        default:
            return .ready(
                processID: number(),
                Greeting(versions: "libvips 8.14.1; libjpeg 62", walls: [.limits, .seccomp]))
        }
    }

    static func anyLikeness(using random: inout SeededGenerator) -> Likeness {
        let count = Int.random(in: 0...Likeness.maxThumbHashBytes, using: &random)
        return Likeness(
            thumbHash: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) },
            dominantColor: Bool.random(using: &random)
                ? nil : UInt32.random(in: 0...0xFF_FFFF, using: &random),
            perceptualHash: random.next())
    }

    @Test(arguments: UInt64(0)..<16)
    func framesComeBackAsTheyWere(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let request = Self.anyRequest(using: &random)
            let reply = Self.anyReply(using: &random)
            #expect(request.encoded.count <= Frame.maxByteCount)
            #expect(reply.encoded.count <= Frame.maxByteCount)
            let (requestAgain, replyAgain) = (
                try Self.request(request.encoded), try Self.reply(reply.encoded)
            )
            #expect(requestAgain == request)
            #expect(replyAgain == reply)
        }
    }

    /// Any prefix is truncated, any byte more is too much.
    @Test(arguments: UInt64(0)..<8)
    func onlyTheWholeFrameIsRead(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let (request, reply) = (
            Self.anyRequest(using: &random).encoded, Self.anyReply(using: &random).encoded
        )
        for count in 0..<request.count {
            #expect(throws: FrameError.truncated) { try Self.request(Array(request[..<count])) }
        }
        for count in 0..<reply.count {
            #expect(throws: FrameError.truncated) { try Self.reply(Array(reply[..<count])) }
        }
        #expect(throws: FrameError.trailingBytes) { try Self.request(request + [0]) }
        #expect(throws: FrameError.trailingBytes) { try Self.reply(reply + [0]) }
    }

    /// Damaged and random bytes are refused or are the frame of what was read.
    @Test(arguments: UInt64(0)..<16)
    func damagedFramesNeverTrap(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var request = Self.anyRequest(using: &random).encoded
            var reply = Self.anyReply(using: &random).encoded
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                request[Int.random(in: request.indices, using: &random)] = UInt8(
                    truncatingIfNeeded: random.next())
                reply[Int.random(in: reply.indices, using: &random)] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            if let read = try? Self.request(request) { #expect(read.encoded == request) }
            if let read = try? Self.reply(reply) { #expect(read.encoded == reply) }
            let noise = (0..<Int.random(in: 0...64, using: &random)).map { index -> UInt8 in
                index == 0 ? 3 : UInt8(truncatingIfNeeded: random.next())
            }
            if let read = try? Self.request(noise) { #expect(read.encoded == noise) }
            if let read = try? Self.reply(noise) { #expect(read.encoded == noise) }
        }
    }

    @Test func refusesAnotherVersionAndTheOtherDirection() {
        let request = WorkerRequest.probe(JobID(1), JobLimits(), master: .inSRGB).encoded
        let reply = WorkerReply.ready(processID: 1, Greeting(versions: "", walls: [])).encoded
        #expect(throws: FrameError.unknownVersion(1)) {
            try Self.request([1] + request.dropFirst())
        }
        #expect(throws: FrameError.unknownKind(67)) { try Self.request(reply) }
        #expect(throws: FrameError.unknownKind(1)) { try Self.reply(request) }
        #expect(throws: FrameError.unknownKind(9)) { try Self.reply([reply[0], 9]) }
    }

    @Test func roomIsAskedForAndGranted() throws {
        let wanted = WorkerReply.roomWanted(JobID(3), byteCount: 5 << 20)
        #expect(try Self.reply(wanted.encoded) == wanted)
        let grant = RoomGrant(JobID(3))
        #expect(try RoomGrant(frame: grant.encoded.span) == grant)
        #expect(throws: FrameError.unknownKind(3)) { try Self.request(grant.encoded) }
        #expect(throws: FrameError.unknownKind(3)) { try Self.reply(grant.encoded) }
        #expect(throws: FrameError.unknownKind(69)) { try RoomGrant(frame: wanted.encoded.span) }
        #expect(throws: FrameError.truncated) {
            try RoomGrant(frame: Array(grant.encoded.dropLast()).span)
        }
    }

    @Test func refusesANegotiatedRecipe() throws {
        let recipe = Recipe(width: 1, height: 1, format: .fallback)
        var frame = WorkerRequest.render(JobID(1), RenderJob(outputs: [recipe])).encoded
        let format = frame.count - Recipe.encodedByteCount + 24
        #expect(frame[format] == FormatChoice.fallback.code)
        frame[format] = FormatChoice.negotiated.code
        #expect(throws: FrameError.invalidField(.recipe)) { try Self.request(frame) }
    }

    @Test func aDetailIsSentAsPrintableASCIIAndCut() throws {
        let refusal = Refusal(.broken, detail: "a\n\u{1b}b" + String(repeating: "c", count: 300))
        let reply = try Self.reply(WorkerReply.refused(JobID(1), refusal).encoded)
        let expected = Refusal(.broken, detail: "a  b" + String(repeating: "c", count: 196))
        #expect(reply == .refused(JobID(1), expected))
    }

    @Test(arguments: [0xff, 0x0a, 0x1b, 0x7f, 0x00] as [UInt8])
    func aDetailThatIsNotPrintableIsRefused(byte: UInt8) {
        var frame = WorkerReply.refused(JobID(1), Refusal(.broken, detail: "x")).encoded
        frame[frame.count - 1] = byte
        #expect(throws: FrameError.invalidField(.detail)) { try Self.reply(frame) }
    }

    /// No sender of ours writes them; what they would be multiplied to would leave 64 bits.
    static let impossibleFacts = [
        ImageFacts(type: .jpeg, width: .max, height: .max),
        ImageFacts(type: .jpeg, width: 10_000_001, height: 1),
        ImageFacts(type: .jpeg, width: 65536, height: 65537),
        ImageFacts(type: .gif, width: 65536, height: 65536, frames: 2),
        ImageFacts(type: .gif, width: 1, height: 1, frames: .max),
        ImageFacts(type: .jpeg, width: 1, height: 1, capturedAt: .max),
        ImageFacts(type: .jpeg, width: 1, height: 1, capturedAt: .min),
        ImageFacts(type: .jpeg, width: 1, height: 1, bitDepth: 33),
    ]

    @Test(arguments: impossibleFacts)
    func impossibleFactsAreNoFrame(facts: ImageFacts) {
        #expect(throws: FrameError.self) {
            try Self.reply(WorkerReply.probed(JobID(1), facts).encoded)
        }
    }

    static let impossibleOutputs = [
        RenderedOutput(width: 16_384, height: 1, format: .png, byteCount: 1),
        RenderedOutput(width: 1, height: .max, format: .png, byteCount: 1),
        RenderedOutput(width: 1, height: 1, format: .png, byteCount: .max),
        RenderedOutput(
            width: 1, height: 1, format: .png, byteCount: 1, timings: .init(encode: .max)),
        RenderedOutput(width: 1, height: 1, format: .png, byteCount: 1, decodes: 255),
    ]

    @Test(arguments: impossibleOutputs)
    func impossibleOutputsAreNoFrame(output: RenderedOutput) {
        #expect(throws: FrameError.self) {
            try Self.reply(WorkerReply.rendered(JobID(1), output).encoded)
        }
    }

    @Test func theLargestRequestFitsAPacket() {
        let recipe = Recipe(width: 1, height: 1, format: .fallback)
        let input = JobInput(
            original: ContentHash(bytes: .zero), masterOf: PixelSize(width: 1, height: 1),
            overlay: Overlay(fingerprint: 1, placement: Watermark.Placement()))
        let job = RenderJob(
            outputs: Array(repeating: recipe, count: RenderJob.maxOutputs), of: input)
        #expect(WorkerRequest.render(JobID(1), job).encoded.count <= Frame.maxByteCount)
        let versions = String(repeating: "v", count: 5000)
        let ready = WorkerReply.ready(
            processID: 1, Greeting(versions: versions, walls: EnumSet(Wall.allCases))
        ).encoded
        #expect(ready.count <= Frame.maxByteCount)
    }

    @Test(arguments: [0, 17])
    func aJobHasOneToSixteenOutputs(count: Int) {
        let recipe = Recipe(width: 1, height: 1, format: .fallback)
        var frame = WorkerRequest.render(JobID(1), RenderJob(outputs: [recipe])).encoded
        frame[frame.count - Recipe.encodedByteCount - 1] = UInt8(count)
        #expect(throws: FrameError.invalidField(.outputs)) { try Self.request(frame) }
    }

    @Test(arguments: ImageType.allCases)
    func aTypeIsFoundByItsWord(type: ImageType) {
        #expect(ImageType(word: "\(type.word)") == type)
        #expect(ImageType(word: "\(type.word)x") == nil)
    }

    @Test(arguments: ColorSpace.allCases)
    func aColorSpaceIsFoundByItsWord(space: ColorSpace) {
        #expect(ColorSpace(word: "\(space.word)") == space)
        #expect(ColorSpace(word: "") == nil)
    }

    @Test func theRecipesQualityGoesBeforeTheDefault() {
        var recipe = Recipe(width: 1, height: 1, format: .fallback)
        let defaults = QualityDefaults(jpeg: 80, webp: 78, avif: 52, jxl: 75)
        let size = PixelSize(width: 640, height: 480)
        #expect(defaults.quality(of: recipe, as: .avif, at: size) == 52)
        #expect(defaults.quality(of: recipe, as: .png, at: size) == 100)
        recipe.quality = 33
        #expect(defaults.quality(of: recipe, as: .avif, at: size) == 33)
    }

    @Test func whatIsSmallGetsMoreQuality() {
        var recipe = Recipe(width: 1, height: 1, format: .fallback)
        var defaults = QualityDefaults(jpeg: 80, webp: 96)
        (defaults.smallSide, defaults.smallMore) = (200, 6)
        let small = PixelSize(width: 133, height: 200)
        #expect(defaults.quality(of: recipe, as: .jpeg, at: small) == 95)
        #expect(defaults.quality(of: recipe, as: .webp, at: small) == 100)
        let larger = PixelSize(width: 201, height: 10)
        #expect(defaults.quality(of: recipe, as: .jpeg, at: larger) == 89)
        recipe.quality = 50
        #expect(defaults.quality(of: recipe, as: .jpeg, at: small) == 50)
    }

    /// From 640 × 427 down to a quarter of its pixels more and more, and never what a master does
    /// not serve.
    @Test(arguments: [
        (640, 427, 70, 75), (639, 427, 70, 75), (480, 320, 77, 80), (320, 213, 84, 85),
        (20, 20, 84, 85),
    ])
    func fewerPixelsGetMoreQuality(width: Int, height: Int, jpeg: UInt8, jxl: UInt8) {
        let recipe = Recipe(width: 1, height: 1, format: .fallback)
        let defaults = QualityDefaults(jpeg: 70, jxl: 75)
        let size = PixelSize(width: width, height: height)
        #expect(defaults.quality(of: recipe, as: .jpeg, at: size) == jpeg)
        #expect(defaults.quality(of: recipe, as: .jxl, at: size) == jxl)
        #expect(QualityDefaults(jpeg: 88).quality(of: recipe, as: .jpeg, at: size) <= 89)
        #expect(QualityDefaults(jpeg: 95).quality(of: recipe, as: .jpeg, at: size) == 95)
    }

    @Test func everyPartOfAStyleIsInThePipelineVersion() {
        let changes: [(inout Style) -> Void] = [
            { $0.quality = QualityDefaults(jpeg: 81) }, { $0.quality.smallSide = 9 },
            { $0.quality.smallMore = 9 }, { $0.keepsDisplayP3 = true }, { $0.isLinear = true },
            { $0.keepsRights = false },
        ]
        var versions = Set([PipelineVersion(parts: Style().parts)])
        for change in changes {
            var style = Style()
            change(&style)
            versions.insert(PipelineVersion(parts: style.parts))
        }
        #expect(versions.count == changes.count + 1)
    }
}
