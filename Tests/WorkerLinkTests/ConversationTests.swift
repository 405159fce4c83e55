import Rendition
import TestSupport
import Testing
import WorkerLink

@Suite struct ConversationTests {
    static let job = JobID(7)
    static let wide = Recipe(width: 300, height: 0, format: .explicit(.webp))
    static let any = Recipe(width: 0, height: 0, format: .fallback)

    static func render(
        trim: UInt8 = 0, isMasterMissing: Bool = false, ofOriginal: Bool = false
    ) -> WorkerRequest {
        let size = PixelSize(width: 4000, height: 3000)
        let input = JobInput(
            original: ContentHash(bytes: .zero), masterOf: ofOriginal ? nil : size,
            isMasterMissing: isMasterMissing)
        var first = wide
        first.trim = trim
        return .render(job, RenderJob(outputs: [first, any], of: input))
    }

    static func output(
        _ index: UInt8, _ width: UInt32, _ height: UInt32, _ format: OutputFormat,
        byteCount: UInt64 = 1000
    ) -> WorkerReply {
        .rendered(
            job,
            RenderedOutput(
                index: index, width: width, height: height, format: format, byteCount: byteCount))
    }

    static func facts(
        _ width: UInt32, _ height: UInt32, frames: UInt32 = 1, type: ImageType = .jpeg
    ) -> WorkerReply {
        .probed(job, ImageFacts(type: type, width: width, height: height, frames: frames))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: WorkerRequest
        let replies: [WorkerReply]
        /// Of the replies; the last one of them is refused unless all are.
        let admitted: Int
        let isOver: Bool

        init(
            _ name: String, _ request: WorkerRequest, _ replies: [WorkerReply], admitted: Int,
            isOver: Bool = false
        ) {
            (testDescription, self.request, self.replies) = (name, request, replies)
            (self.admitted, self.isOver) = (admitted, isOver)
        }
    }

    static let probe = WorkerRequest.probe(job, JobLimits(), master: .unwanted)
    static let probeWithMaster = WorkerRequest.probe(job, JobLimits(), master: .inSRGB)
    static func room(_ byteCount: UInt64) -> WorkerReply { .roomWanted(job, byteCount: byteCount) }
    static let first = output(0, 300, 225, .webp)
    static let second = output(1, 4000, 3000, .jpeg)
    static let master = output(0, 1024, 768, .jpeg)

    static let cases = [
        Case("facts", probe, [facts(4000, 3000)], admitted: 1, isOver: true),
        Case("facts twice", probe, [facts(4, 3), facts(4, 3)], admitted: 1, isOver: true),
        Case("over the sides", probe, [facts(70_000, 3)], admitted: 0),
        Case("over the pixels", probe, [facts(20_000, 20_000)], admitted: 0),
        Case("over the frames", probe, [facts(1, 1, frames: 1001, type: .webp)], admitted: 0),
        Case(
            "over frames times pixels", probe, [facts(1000, 1000, frames: 201, type: .webp)],
            admitted: 0),
        Case("a type that is off", probe, [facts(4, 3, type: .tiff)], admitted: 0),
        Case("no master asked for", probe, [master], admitted: 0),
        Case(
            "a master and facts", probeWithMaster, [master, facts(4000, 3000)], admitted: 2,
            isOver: true),
        Case("facts alone", probeWithMaster, [facts(4000, 3000)], admitted: 1, isOver: true),
        Case("two masters", probeWithMaster, [master, master], admitted: 1),
        Case("another's master", probeWithMaster, [master, facts(3000, 4000)], admitted: 1),
        Case("a master of a small one", probeWithMaster, [master, facts(400, 300)], admitted: 1),
        Case("a large master", probeWithMaster, [output(0, 4000, 3000, .jpeg)], admitted: 0),
        Case("a master as PNG", probeWithMaster, [output(0, 1024, 768, .png)], admitted: 0),
        Case(
            "a refused output of a probe", probe,
            [.refused(job, Refusal(.broken, output: 0, detail: ""))], admitted: 0),
        Case(
            "a refused probe", probe, [.refused(job, Refusal(.broken, detail: ""))], admitted: 1,
            isOver: true),
        Case("both outputs", render(), [second, first], admitted: 2, isOver: true),
        Case("one of them", render(), [second], admitted: 1),
        Case("one twice", render(), [first, first], admitted: 1),
        Case(
            "one and a refusal", render(),
            [first, .refused(job, Refusal(.overOutput, output: 1, detail: ""))], admitted: 2,
            isOver: true),
        Case(
            "refused and made", render(),
            [.refused(job, Refusal(.overOutput, output: 0, detail: "")), first], admitted: 1),
        Case(
            "all refused", render(), [.refused(job, Refusal(.broken, detail: ""))], admitted: 1,
            isOver: true),
        Case(
            "too little of an original", render(trim: 9, ofOriginal: true),
            [.refused(job, Refusal(.tooCoarse, output: 0, detail: ""))], admitted: 0),
        Case(
            "too little with a border", render(),
            [.refused(job, Refusal(.tooCoarse, output: 0, detail: ""))], admitted: 0),
        Case(
            "too little of a master", render(trim: 9, isMasterMissing: true),
            [.refused(job, Refusal(.tooCoarse, output: 0, detail: "")), second], admitted: 2,
            isOver: true),
        Case(
            "too little for all", render(trim: 9, isMasterMissing: true),
            [.refused(job, Refusal(.tooCoarse, detail: ""))], admitted: 0),
        Case(
            "a probe of too little", probe, [.refused(job, Refusal(.tooCoarse, detail: ""))],
            admitted: 0),
        Case("a third", render(), [output(2, 1, 1, .webp)], admitted: 0),
        Case("too wide", render(), [output(0, 301, 225, .webp)], admitted: 0),
        Case("another format", render(), [output(0, 300, 225, .jpeg)], admitted: 0),
        Case("a fallback that is none", render(), [output(1, 300, 225, .webp)], admitted: 0),
        Case("too many pixels", render(), [output(1, 10_000, 5001, .png)], admitted: 0),
        Case(
            "more bytes than pixels give", render(),
            [output(0, 300, 225, .webp, byteCount: 2_000_000)], admitted: 0),
        Case(
            "more bytes than are taken", render(),
            [output(1, 5000, 5000, .png, byteCount: 64 << 20)], admitted: 0),
        Case("facts of a rendition", render(), [facts(4, 3)], admitted: 0),
        Case("no master missing", render(), [.mastered(job, byteCount: 9)], admitted: 0),
        Case(
            "a missing master", render(isMasterMissing: true),
            [.mastered(job, byteCount: 9), first, second], admitted: 3, isOver: true),
        Case(
            "a missing master twice", render(isMasterMissing: true),
            [.mastered(job, byteCount: 9), .mastered(job, byteCount: 9)], admitted: 1),
        Case(
            "a missing master too late", render(isMasterMissing: true),
            [first, .mastered(job, byteCount: 9)], admitted: 1),
        Case(
            "a large missing master", render(isMasterMissing: true),
            [.mastered(job, byteCount: 30 << 20)], admitted: 0),
        Case("room", render(), [room(1000), first, second], admitted: 3, isOver: true),
        Case(
            "room for each", render(), [room(9000), first, room(9000), second], admitted: 4,
            isOver: true),
        Case(
            "room for less", render(), [room(9), output(0, 300, 225, .webp, byteCount: 10)],
            admitted: 1),
        Case("two rooms", render(), [room(9), room(9)], admitted: 1),
        Case("more room than is taken", render(), [room(33 << 20)], admitted: 0),
        Case("room for nothing", probe, [room(9)], admitted: 0),
        Case(
            "room for a master", probeWithMaster, [room(2000), master, facts(4000, 3000)],
            admitted: 3, isOver: true),
        Case("more room than a master has", probeWithMaster, [room(30 << 20)], admitted: 0),
        Case(
            "room and nothing in it", render(),
            [room(9), .refused(job, Refusal(.broken, detail: ""))], admitted: 2, isOver: true),
        Case(
            "another job", probe, [.probed(JobID(8), ImageFacts(type: .jpeg, width: 4, height: 3))],
            admitted: 0),
        Case(
            "a second greeting", probe, [.ready(processID: 1, Greeting(versions: "", walls: []))],
            admitted: 0),
    ]

    @Test(arguments: cases)
    func admitsAnswersAlone(of one: Case) {
        var conversation = Conversation(one.request, outputByteLimit: 32 << 20)
        var admitted = 0
        for reply in one.replies {
            guard conversation.admit(reply) else { break }
            admitted += 1
        }
        #expect(admitted == one.admitted)
        if admitted == one.replies.count { #expect(conversation.isOver == one.isOver) }
    }

    /// Whatever comes in whatever order, no job has more replies than it can have.
    @Test(arguments: UInt64(0)..<50)
    func noJobIsEndless(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let requests = [
            Self.probe, Self.probeWithMaster, Self.render(), Self.render(isMasterMissing: true),
        ]
        let replies = Self.cases.flatMap(\.replies)
        for request in requests {
            var conversation = Conversation(request, outputByteLimit: 32 << 20)
            var admitted = 0
            for _ in 0..<500 {
                guard let reply = replies.randomElement(using: &random) else { return }
                if conversation.admit(reply) { admitted += 1 }
            }
            #expect(admitted <= 6)
        }
    }

    @Test func whatAPictureMayTakeGoesByItsHeader() {
        let limits = JobLimits(processorSeconds: 20)
        func seconds(_ width: UInt32, _ height: UInt32, _ frames: UInt32, _ bytes: Int) -> UInt32 {
            let facts = ImageFacts(type: .gif, width: width, height: height, frames: frames)
            return limits.processorSeconds(toProve: facts, byteCount: bytes)
        }
        #expect(seconds(64, 64, 1, 2_000_000) == 3)
        #expect(seconds(2000, 1900, 1, 260_000) == 5)
        #expect(seconds(100, 100, 1000, 1) == 12)
        #expect(seconds(10_000, 10_000, 1, 1) == 20)
        #expect(limits.processorSeconds(toOpen: 66_000) == 2)
        #expect(limits.processorSeconds(toOpen: 4_000_000) == 4)
        #expect(limits.processorSeconds(toOpen: .max) == 20)
    }

    @Test(
        arguments: [
            (nil, false), (0, false), (2_000_000, false), (2_000_001, true), (7_800_000, true),
        ] as [(UInt32?, Bool)])
    func aSmallPictureThatTookLongIsTooDear(microseconds: UInt32?, expected: Bool) {
        var facts = ImageFacts(type: .jpeg, width: 64, height: 64)
        facts.processorMicroseconds = microseconds
        #expect(JobLimits().isTooDear(facts, byteCount: 66_000) == expected)
        facts.width = 10_000
        facts.height = 1000
        #expect(!JobLimits().isTooDear(facts, byteCount: 66_000))
    }
}
