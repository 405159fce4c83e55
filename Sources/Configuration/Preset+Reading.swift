internal import Rendition
internal import Text

extension Preset {
    private static let keys: [UTF8String] = ["size", "options", "eager"]

    /// Reads `{ size: "200x200", options: "fit=cover", eager: true }`, each of which may be left
    /// out; `place` names it in errors.
    init(_ value: JSON5Value, named given: String, place: String) throws(Misfit) {
        guard let name = ShortName(given) else {
            let rule = "a name of at most \(ShortName.longest) small letters, digits and hyphens"
            throw Misfit(place, .string(given), expected: rule)
        }
        try value.requireKeys(
            Self.keys, at: place, expected: "an object with size, options and eager")
        let size = try Self.text("size", of: value, place: place)
        let options = try Self.text("options", of: value, place: place)
        let eager = value["eager"] ?? .bool(false)
        guard case .bool(let isEager) = eager else {
            throw Misfit("\(place).eager", eager, expected: "true or false")
        }
        do throws(RenditionRequest.Invalid) {
            let bytes = size.map { Array($0.utf8) }
            // The one limit there is to what can be configured; a URL meets limits.outputSide.
            let limits = OutputLimits(side: UInt16(OutputLimits.encoderSide))
            try self.init(
                name: name, size: bytes?.span, options: Array((options ?? "").utf8).span,
                isEager: isEager, limits: limits)
        } catch {
            throw Misfit(place, reason: error.detail)
        }
        // Without a size it is made as `/optimized` makes it, which refuses these.
        if isEager, !recipe.hasBox, let option = optionThatNeedsBox {
            throw Misfit(place, reason: "an eager preset with \(option.word) needs a size")
        }
    }

    private static func text(
        _ key: UTF8String, of value: JSON5Value, place: String
    ) throws(Misfit) -> String? {
        switch value[key] {
        case nil: return nil
        case .string(let text)?: return text
        case let other?: throw Misfit("\(place).\(key)", other, expected: "a text")
        }
    }
}
