extension Recipe {
    /// Appends the one spelling of this recipe's options: canonical order, defaults left out,
    /// beginning with `?` when there is any.
    func spellOptions(into sink: inout Spelling) {
        var separator = UInt8(ascii: "?")
        for rawValue in UInt8(0)..<UInt8(RecipeOption.count) {
            guard let option = RecipeOption(rawValue: rawValue), !isDefault(option)
            else { continue }
            sink.append(separator)
            separator = UInt8(ascii: "&")
            sink.append(option.word)
            sink.append(UInt8(ascii: "="))
            spell(option, into: &sink)
        }
    }

    private func isDefault(_ option: RecipeOption) -> Bool {
        switch option {
        case .fit: fit == .inside
        case .gravity: gravity == .center
        case .enlarge: !enlarge
        case .dpr: dprHalves == 2
        case .background: background == nil
        case .quality: quality == 0
        case .rotate: rotation == .none
        case .flip: flip == .none
        case .blur: blurHundredths == 0
        case .sharpen: sharpenHundredths == 0
        case .trim: trim == 0
        case .animated: !animated
        }
    }

    private func spell(
        _ option: RecipeOption, into sink: inout Spelling
    ) {
        switch option {
        case .fit: sink.append(fit.word)
        case .gravity: gravity.spell(into: &sink)
        case .enlarge, .animated: sink.append(UInt8(ascii: "1"))
        case .dpr: sink.append(decimal: Int(dprHalves) * 5, scale: 10)
        case .background: backgroundColor.spell(into: &sink)
        case .quality: sink.append(number: Int(quality))
        case .rotate: sink.append(number: rotation.degrees)
        case .flip:
            if flip.mirrorsLeftRight { sink.append(UInt8(ascii: "h")) }
            if flip.mirrorsTopBottom { sink.append(UInt8(ascii: "v")) }
        case .blur: sink.append(decimal: Int(blurHundredths), scale: 100)
        case .sharpen: sink.append(decimal: Int(sharpenHundredths), scale: 100)
        case .trim: sink.append(number: Int(trim))
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
