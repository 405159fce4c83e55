internal import ImageAPI
internal import ImageIndex
internal import Ingest
internal import Rendering
internal import Rendition
internal import WorkerLink

/// From what a worker says, or what lies in the index, to what a client gets: nothing that is taken
/// on the way can trap behind it.
extension Parser {
    private static let hash = ContentHash(bytes: .init(repeating: 7))

    /// The first byte picks what was asked; then come frames, each after its length in two bytes.
    static func checkAnswer(_ bytes: [UInt8]) {
        guard let choice = bytes.first else { return }
        let requests = requests
        let request = requests[Int(choice) % requests.count]
        var conversation = Conversation(request, outputByteLimit: 256 << 20)
        var rest = bytes.dropFirst()
        var admitted = 0
        while rest.count >= 2 {
            let count = Int(rest.removeFirst()) | Int(rest.removeFirst()) << 8
            let frame = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            guard let reply = try? WorkerReply(frame: frame.span), conversation.admit(reply)
            else { break }
            admitted += 1
            if case .probed(_, let facts) = reply { follow(facts) }
            if case .rendered(_, let output) = reply { follow(output, request) }
        }
        precondition(admitted <= RenderJob.maxOutputs + 1)
    }

    private static var requests: [WorkerRequest] {
        var widest = JobLimits(
            inputPixels: .max, inputFramePixels: .max, inputSide: .max, inputFrames: .max,
            inputTypes: EnumSet(ImageType.allCases))
        widest.output = OutputLimits(side: 16_383, pixels: 1 << 28)
        let input = JobInput(
            original: hash, masterOf: PixelSize(width: 4000, height: 3000), isMasterMissing: true)
        return [
            .probe(JobID(1), widest, master: .inSRGB),
            .probe(JobID(1), JobLimits(), master: .unwanted),
            .render(JobID(1), RenderJob(outputs: recipes, limits: widest)),
            .render(JobID(1), RenderJob(outputs: recipes, of: input)),
        ]
    }

    private static let recipes: [Recipe] = {
        var turned = Recipe(width: 300, height: 200, fit: .cover, format: .explicit(.webp))
        (turned.rotation, turned.gravity) = (.quarter, .focalPoint(x: 1000, y: 0))
        var large = Recipe(width: 8192, height: 8192, fit: .outside, format: .explicit(.avif))
        (large.enlarge, large.dprHalves) = (true, 6)
        var moving = Recipe(width: 0, height: 1, format: .explicit(.gif))
        (moving.animated, moving.maxBytes) = (true, 1000)
        let padded = Recipe(width: 1, height: 8192, fit: .contain, format: .explicit(.jxl))
        return [Recipe(width: 0, height: 0, format: .fallback), turned, large, moving, padded]
    }()

    private static func follow(_ facts: ImageFacts) {
        let document = ImageDocument(
            of: facts, hash: hash, byteCount: 1, uploadedAt: 1_700_000_000_000_000)
        guard let again = ImageDocument(record: document.record, of: hash), again == document
        else { preconditionFailure("\(document) does not survive the index") }
        follow(document)
    }

    private static func follow(_ output: RenderedOutput, _ request: WorkerRequest) {
        guard case .render(_, let render) = request else { return }
        precondition(output.size.pixels <= render.limits.output.pixels)
        precondition(output.byteCount <= 256 << 20)
    }

    /// A record of the index, by its first byte of a document or of a summary.
    static func checkRecord(_ bytes: [UInt8]) {
        guard let kind = bytes.first else { return }
        let record = Array(bytes.dropFirst())
        if kind & 1 == 0 {
            if let document = ImageDocument(record: record, of: hash) { follow(document) }
        } else if let summary = ImageSummary(record: record) {
            follow(summary)
        }
    }

    private static func follow(_ document: ImageDocument) {
        let json = ImageAnswers.json(of: document)
        precondition(String(validating: json, as: UTF8.self) != nil)
        let summary = ImageSummary(of: document, state: .present)
        guard let again = ImageSummary(record: summary.record), again == summary
        else { preconditionFailure("\(summary) does not survive the index") }
        follow(summary)
    }

    private static func follow(_ summary: ImageSummary) {
        let limits = OutputLimits(side: 16_383, pixels: 1 << 28)
        for recipe in recipes {
            let size = RenditionOrder.rehearse(recipe, on: summary, hash, limits: limits)
            precondition(size.pixels > 0)
        }
    }
}
