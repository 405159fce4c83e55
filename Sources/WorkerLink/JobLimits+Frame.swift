internal import Rendition

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

    mutating func put(_ quality: QualityDefaults) {
        put(quality.jpeg)
        put(quality.webp)
        put(quality.avif)
        put(quality.jxl)
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

    mutating func quality(from frame: Span<UInt8>) throws(FrameError) -> QualityDefaults {
        func one(_ value: UInt8) throws(FrameError) -> UInt8 {
            guard 1...100 ~= value else { throw .invalidField(.quality) }
            return value
        }
        return QualityDefaults(
            jpeg: try one(integer(from: frame)), webp: try one(integer(from: frame)),
            avif: try one(integer(from: frame)), jxl: try one(integer(from: frame)))
    }
}
