package import Rendition
internal import Text

/// A watermark as the configuration knows it; its picture is read when the edge starts.
package struct WatermarkSetting: Equatable, Sendable {
    package enum Picture: Equatable, Sendable {
        /// A path; relative to the working directory unless it starts with a slash.
        case file(String)
        case original(ContentHash)
    }

    package var name: ShortName
    package var picture: Picture
    package var placement: Watermark.Placement

    private static let keys: [UTF8String] = [
        "file", "hash", "position", "offset", "scale", "opacity", "tile",
    ]

    /// Reads `{ file: "logo.png", position: "southeast", scale: 0.2, … }`; `place` names it in
    /// errors.
    init(_ value: JSON5Value, named given: String, place: String) throws(Misfit) {
        guard let name = ShortName(given), given != Watermark.reservedName else {
            let rule =
                "a name of at most \(ShortName.longest) small letters, digits and hyphens, or none"
            throw Misfit(place, .string(given), expected: rule)
        }
        try value.requireKeys(Self.keys, at: place, expected: "an object with file or hash")
        self.name = name
        picture = try Self.picture(value, place)
        placement = Watermark.Placement()
        if let given = value["position"] {
            let words = Gravity.Compass.allCases.map { UTF8String("\($0.word)") }
            guard case .string(let text) = given, let index = words.firstIndex(of: UTF8String(text))
            else {
                let list = words.map(\.string).joined(separator: ", ")
                throw Misfit("\(place).position", given, expected: "one of \(list)")
            }
            placement.position = Gravity.Compass.allCases[index]
        }
        placement.offset = try Self.fraction("offset", value, place, 0...500, else: 20)
        placement.scale = try Self.fraction("scale", value, place, 1...1000, else: 200)
        placement.opacity = try Self.fraction("opacity", value, place, 1...1000, else: 1000)
        let tile = value["tile"] ?? .bool(false)
        guard case .bool(let isTiled) = tile else {
            throw Misfit("\(place).tile", tile, expected: "true or false")
        }
        placement.isTiled = isTiled
    }

    private static func picture(
        _ value: JSON5Value, _ place: String
    ) throws(Misfit) -> Picture {
        switch (value["file"], value["hash"]) {
        case (.string(let path)?, nil) where !path.isEmpty && !path.utf8.contains(0):
            return .file(path)
        case (nil, .string(let hex)?):
            guard let hash = ContentHash(hex: hex) else {
                throw Misfit(
                    "\(place).hash", .string(hex), expected: "64 lower-case hex digits")
            }
            return .original(hash)
        default:
            throw Misfit(place, reason: "it needs either file, a path, or hash, of an original")
        }
    }

    /// In thousandths.
    private static func fraction(
        _ key: UTF8String, _ value: JSON5Value, _ place: String, _ range: ClosedRange<Int>,
        else fallback: UInt16
    ) throws(Misfit) -> UInt16 {
        let number: Double
        switch value[key] {
        case nil: return fallback
        case .integer(let whole)?: number = Double(whole)
        case .real(let real)?: number = real
        case .some: number = -1
        }
        let thousandths = (number * 1000).rounded()
        guard Double(range.lowerBound)...Double(range.upperBound) ~= thousandths else {
            let bounds = "\(Double(range.lowerBound) / 1000) to \(Double(range.upperBound) / 1000)"
            throw Misfit("\(place).\(key)", value[key] ?? .null, expected: "from \(bounds)")
        }
        return UInt16(thousandths)
    }
}
