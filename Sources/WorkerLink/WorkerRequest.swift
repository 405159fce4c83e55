package import Rendition

/// What the edge asks of a worker, one job at a time. The input's descriptor comes beside it,
/// unless it lies in the memory that they share.
package enum WorkerRequest: Hashable, Sendable {
    /// Decode the whole input, to prove it and to learn its facts. The last reply is `probed`;
    /// before it comes the input's master as output 0, if one is wanted and worth it.
    case probe(JobID, JobLimits, master: MasterWish)
    /// Decode the input and make the outputs. One reply an output, until the last or until
    /// a refusal of the whole input.
    case render(JobID, RenderJob)

    package var job: JobID {
        switch self {
        case .probe(let job, _, _), .render(let job, _): job
        }
    }

    package var processorSeconds: UInt32 {
        switch self {
        case .probe(_, let limits, _): limits.processorSeconds
        case .render(_, let render): render.limits.processorSeconds
        }
    }

    /// How many bytes of input lie in the shared memory; 0: it is a file.
    package var sharedByteCount: UInt32 {
        switch self {
        case .probe: 0
        case .render(_, let render): render.sharedByteCount
        }
    }

    package var encoded: [UInt8] {
        switch self {
        case .probe(let job, let limits, let wish):
            var writer = FrameWriter(kind: .probe)
            writer.put(job.value)
            writer.put(limits)
            writer.put(wish.rawValue)
            return writer.bytes
        case .render(let job, let render):
            var writer = FrameWriter(kind: .render)
            writer.put(job.value)
            writer.put(render.limits)
            writer.put(render.style)
            writer.put(render.input)
            writer.put(render.sharedByteCount)
            writer.put(UInt8(render.outputs.count))
            for recipe in render.outputs { writer.put(recipe) }
            return writer.bytes
        }
    }

    package init(frame: Span<UInt8>) throws(FrameError) {
        var reader = FrameReader()
        let kind = try reader.kind(from: frame)
        guard kind == .probe || kind == .render else { throw .unknownKind(kind.rawValue) }
        let job = JobID(try reader.integer(from: frame))
        let limits = try reader.limits(from: frame)
        guard kind == .render else {
            guard let wish = MasterWish(rawValue: try reader.integer(from: frame))
            else { throw .invalidField(.master) }
            try reader.finish(frame)
            self = .probe(job, limits, master: wish)
            return
        }
        let style = try reader.style(from: frame)
        let input = try reader.input(from: frame)
        let shared = try reader.integer(UInt32.self, from: frame)
        guard shared <= SharedLayout.inputByteCount else { throw .invalidField(.input) }
        let count = Int(try reader.integer(UInt8.self, from: frame))
        guard 1...RenderJob.maxOutputs ~= count else { throw .invalidField(.outputs) }
        var outputs: [Recipe] = []
        for _ in 0..<count { outputs.append(try reader.recipe(from: frame)) }
        try reader.finish(frame)
        self = .render(
            job,
            RenderJob(
                outputs: outputs, of: input, limits: limits, style: style,
                sharedByteCount: shared))
    }
}

/// Renditions to make of one input, which is decoded once.
package struct RenderJob: Hashable, Sendable {
    package static let maxOutputs = 16

    /// 1…16, no format of them negotiated. The worker may make them in any order.
    package let outputs: [Recipe]
    package let input: JobInput
    package let limits: JobLimits
    package let style: Style
    /// How many bytes of input lie in the memory that is shared; 0: it is a file.
    package let sharedByteCount: UInt32

    package init(
        outputs: [Recipe], of input: JobInput = JobInput(), limits: JobLimits = JobLimits(),
        style: Style = Style(), sharedByteCount: UInt32 = 0
    ) {
        precondition(1...Self.maxOutputs ~= outputs.count, "1 to 16 outputs a job")
        precondition(outputs.allSatisfy { $0.format != .negotiated }, "a format not yet decided")
        (self.outputs, self.input) = (outputs, input)
        (self.limits, self.style) = (limits, style)
        self.sharedByteCount = sharedByteCount
    }
}

/// What the bytes beside a render job are. Jobs of one input share its decoding.
package struct JobInput: Hashable, Sendable {
    /// Names the original. A worker that holds it decoded need not decode it again; `nil`: nothing
    /// is known of it, and nothing is held.
    package let original: ContentHash?
    /// Outputs are made of the original's master; then this is the size that the original is
    /// displayed at, from which every output's size comes.
    package let masterOf: PixelSize?
    /// The bytes are the original's nevertheless: the master is to be made of them first, and sent
    /// as `mastered`.
    package var isMasterMissing: Bool
    package var overlay: Overlay?

    package init(
        original: ContentHash? = nil, masterOf: PixelSize? = nil, isMasterMissing: Bool = false,
        overlay: Overlay? = nil
    ) {
        precondition(original != nil || masterOf == nil, "a master of nothing")
        precondition(masterOf != nil || !isMasterMissing, "no master that could be missing")
        (self.original, self.masterOf) = (original, masterOf)
        (self.isMasterMissing, self.overlay) = (isMasterMissing, overlay)
    }

    /// Whether it has the same pixels, whatever is laid over them.
    package func hasPixels(of other: JobInput) -> Bool {
        original != nil && original == other.original && masterOf == other.masterOf
    }
}

/// The watermark of a job's outputs; its picture comes beside the frame, after the input.
package struct Overlay: Hashable, Sendable {
    /// What the recipes that want it say.
    package let fingerprint: UInt64
    package let placement: Watermark.Placement

    package init(fingerprint: UInt64, placement: Watermark.Placement) {
        precondition(fingerprint != 0, "no watermark")
        (self.fingerprint, self.placement) = (fingerprint, placement)
    }

    package init(_ watermark: Watermark) {
        self.init(fingerprint: watermark.fingerprint, placement: watermark.placement)
    }
}

extension FrameWriter {
    mutating func put(_ limits: JobLimits) {
        put(limits.inputPixels)
        put(limits.inputFramePixels)
        put(limits.inputSide)
        put(limits.inputFrames)
        put(limits.inputPixelsPerByte)
        put(limits.processorSeconds)
        put(limits.inputTypes.bits)
        put(limits.output.side)
        put(limits.output.pixels)
    }

    mutating func put(_ style: Style) {
        put(style.quality.jpeg)
        put(style.quality.webp)
        put(style.quality.avif)
        put(style.quality.jxl)
        put(style.quality.smallSide)
        put(style.quality.smallMore)
        put(style.keepsDisplayP3)
        put(style.isLinear)
        put(style.keepsRights)
    }

    /// The overlay or none; then 0 unnamed, 1 an original, 2 a master, 3 an original whose master
    /// is missing; its name, and with a master the original's size.
    mutating func put(_ input: JobInput) {
        put(input.overlay != nil)
        if let overlay = input.overlay {
            put(overlay.fingerprint)
            let placement = overlay.placement.encoded
            for index in placement.indices { put(placement[index]) }
        }
        guard let original = input.original else { return put(UInt8(0)) }
        put(UInt8(input.masterOf == nil ? 1 : input.isMasterMissing ? 3 : 2))
        let name = original.rawBytes
        for index in name.indices { put(name[index]) }
        guard let size = input.masterOf else { return }
        put(UInt32(clamping: size.width))
        put(UInt32(clamping: size.height))
    }
}

extension FrameReader {
    mutating func kind(from frame: Span<UInt8>) throws(FrameError) -> FrameKind {
        let version = try integer(UInt8.self, from: frame)
        guard version == Frame.version else { throw .unknownVersion(version) }
        let kind = try integer(UInt8.self, from: frame)
        guard let known = FrameKind(rawValue: kind) else { throw .unknownKind(kind) }
        return known
    }

    mutating func limits(from frame: Span<UInt8>) throws(FrameError) -> JobLimits {
        let inputPixels = try integer(UInt64.self, from: frame)
        let inputFramePixels = try integer(UInt64.self, from: frame)
        let inputSide = try integer(UInt32.self, from: frame)
        let inputFrames = try integer(UInt32.self, from: frame)
        let inputPixelsPerByte = try integer(UInt32.self, from: frame)
        let processorSeconds = try integer(UInt32.self, from: frame)
        let types = EnumSet<ImageType>(bits: try integer(from: frame))
        let side = try integer(UInt16.self, from: frame)
        let pixels = try integer(UInt64.self, from: frame)
        guard types == EnumSet(ImageType.allCases.filter(types.contains)), side > 0, pixels > 0,
            processorSeconds > 0
        else { throw .invalidField(.limits) }
        return JobLimits(
            inputPixels: inputPixels, inputFramePixels: inputFramePixels, inputSide: inputSide,
            inputFrames: inputFrames, inputPixelsPerByte: inputPixelsPerByte,
            processorSeconds: processorSeconds, inputTypes: types,
            output: OutputLimits(side: side, pixels: pixels))
    }

    mutating func style(from frame: Span<UInt8>) throws(FrameError) -> Style {
        func one(_ value: UInt8) throws(FrameError) -> UInt8 {
            guard 1...100 ~= value else { throw .invalidField(.quality) }
            return value
        }
        var style = Style()
        style.quality = QualityDefaults(
            jpeg: try one(integer(from: frame)), webp: try one(integer(from: frame)),
            avif: try one(integer(from: frame)), jxl: try one(integer(from: frame)))
        style.quality.smallSide = try integer(from: frame)
        style.quality.smallMore = try integer(from: frame)
        guard style.quality.smallMore <= 99 else { throw .invalidField(.quality) }
        style.keepsDisplayP3 = try flag(from: frame)
        style.isLinear = try flag(from: frame)
        style.keepsRights = try flag(from: frame)
        return style
    }

    mutating func input(from frame: Span<UInt8>) throws(FrameError) -> JobInput {
        let overlay = try flag(from: frame) ? try overlay(from: frame) : nil
        let kind = try integer(UInt8.self, from: frame)
        if kind == 0 { return JobInput(overlay: overlay) }
        guard kind <= 3 else { throw .invalidField(.input) }
        var name = SIMD32<UInt8>()
        for index in name.indices { name[index] = try integer(from: frame) }
        let original = ContentHash(bytes: name)
        if kind == 1 { return JobInput(original: original, overlay: overlay) }
        let width = try integer(UInt32.self, from: frame)
        let height = try integer(UInt32.self, from: frame)
        guard width > 0, height > 0 else { throw .invalidField(.input) }
        let size = PixelSize(width: Int(width), height: Int(height))
        return JobInput(
            original: original, masterOf: size, isMasterMissing: kind == 3, overlay: overlay)
    }

    private mutating func overlay(from frame: Span<UInt8>) throws(FrameError) -> Overlay {
        let fingerprint = try integer(UInt64.self, from: frame)
        var bytes = InlineArray<8, UInt8>(repeating: 0)
        for index in bytes.indices { bytes[index] = try integer(from: frame) }
        guard fingerprint != 0, let placement = Watermark.Placement(encoded: bytes)
        else { throw .invalidField(.input) }
        return Overlay(fingerprint: fingerprint, placement: placement)
    }
}
