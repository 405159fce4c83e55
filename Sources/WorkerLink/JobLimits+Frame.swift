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
