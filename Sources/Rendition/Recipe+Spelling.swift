extension Recipe {
    /// Appends the one spelling of this recipe's options: canonical order, beginning with `?` when
    /// there is any; left out is what the preset says, else the defaults.
    func spellOptions(names: OptionNames, into sink: inout Spelling) {
        let base = names.preset?.recipe ?? Recipe()
        var separator = UInt8(ascii: "?")
        for rawValue in UInt8(0)..<UInt8(RecipeOption.count) {
            guard let option = RecipeOption(rawValue: rawValue),
                isSpelt(option, names: names, base)
            else { continue }
            sink.append(separator)
            separator = UInt8(ascii: "&")
            sink.append(option.word)
            sink.append(UInt8(ascii: "="))
            switch option {
            case .preset: names.preset?.name.spell(into: &sink)
            case .watermark: names.spellWatermark(into: &sink)
            default: spell(option, into: &sink)
            }
        }
    }

    private func isSpelt(_ option: RecipeOption, names: OptionNames, _ base: Recipe) -> Bool {
        switch option {
        case .preset: names.preset != nil
        // By its name: the picture has no say in how a URL is spelt.
        case .watermark: names.watermark != names.preset?.watermark
        default: !agrees(with: base, in: option)
        }
    }

    private func agrees(with base: Recipe, in option: RecipeOption) -> Bool {
        switch option {
        case .fit: fit == base.fit
        case .gravity: gravity == base.gravity
        case .enlarge: enlarge == base.enlarge
        case .dpr: dprHalves == base.dprHalves
        case .background: background == base.background
        case .quality: quality == base.quality
        case .maxbytes: maxBytes == base.maxBytes
        case .rotate: rotation == base.rotation
        case .flip: flip == base.flip
        case .blur: blurHundredths == base.blurHundredths
        case .sharpen: sharpenHundredths == base.sharpenHundredths
        case .trim: trim == base.trim
        case .animated: animated == base.animated
        case .watermark, .preset: true
        }
    }

    private func spell(
        _ option: RecipeOption, into sink: inout Spelling
    ) {
        switch option {
        case .fit: sink.append(fit.word)
        case .gravity: gravity.spell(into: &sink)
        case .enlarge: sink.append(number: enlarge ? 1 : 0)
        case .animated: sink.append(number: animated ? 1 : 0)
        case .dpr: sink.append(decimal: Int(dprHalves) * 5, scale: 10)
        case .background: backgroundColor.spell(into: &sink)
        case .quality where quality == Self.automaticQuality: sink.append("auto")
        case .quality: sink.append(number: Int(quality))
        case .maxbytes: sink.append(number: Int(maxBytes))
        case .rotate: sink.append(number: rotation.degrees)
        case .flip:
            if flip.mirrorsLeftRight { sink.append(UInt8(ascii: "h")) }
            if flip.mirrorsTopBottom { sink.append(UInt8(ascii: "v")) }
        case .blur: sink.append(decimal: Int(blurHundredths), scale: 100)
        case .sharpen: sink.append(decimal: Int(sharpenHundredths), scale: 100)
        case .trim: sink.append(number: Int(trim))
        case .watermark, .preset: break
        }
    }
}

extension Gravity {
    fileprivate func spell(into sink: inout Spelling) {
        switch self {
        case .compass(let point): sink.append(point.word)
        case .attention: sink.append("attention")
        case .entropy: sink.append("entropy")
        case .focalPoint(let x, let y):
            sink.append(decimal: Int(x), scale: Self.scale)
            sink.append(UInt8(ascii: ","))
            sink.append(decimal: Int(y), scale: Self.scale)
        }
    }
}

extension Color {
    fileprivate func spell(into sink: inout Spelling) {
        sink.append(hex: red)
        sink.append(hex: green)
        sink.append(hex: blue)
        if alpha != 255 { sink.append(hex: alpha) }
    }
}
