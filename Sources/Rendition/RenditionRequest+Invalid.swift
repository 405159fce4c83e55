internal import Coding

extension RenditionRequest {
    /// Why a target asks for no rendition. `given` is what the client sent, clipped and in
    /// printable ASCII.
    package enum Invalid: Error, Hashable, Sendable {
        /// Neither `/thumbs/…` nor `/optimized/…`: some other route, or none.
        case notARendition
        case malformedPath
        case malformedSize(given: String)
        case sideOutOfRange(given: String, limit: UInt16)
        case malformedHash(given: String)
        case unknownFormat(given: String)
        case formatDisabled(OutputFormat)
        case malformedEscape
        /// An option without name or without `=`.
        case malformedOption(given: String)
        case unknownOption(given: String)
        case duplicateOption(RecipeOption)
        case optionDisabled(RecipeOption)
        /// The option says how to meet a box, and `/optimized` has none.
        case optionNeedsBox(RecipeOption)
        /// `gravity` says what a crop or a letterbox keeps where, and there is neither.
        case nothingIsCropped
        case invalidValue(RecipeOption, given: String)
        case valueDisabled(RecipeOption, given: String)
        case unknownPreset(given: String)
        case unknownWatermark(given: String)
        case malformedExpires
        case duplicateSeal

        /// One sentence for the client.
        package var detail: String {
            switch self {
            case .notARendition: "There is nothing at this path."
            case .malformedPath:
                """
                The path must be /thumbs/<width>x<height>/<hash>[.<ext>] or \
                /optimized/<hash>[.<ext>].
                """
            case .malformedSize(let given):
                """
                The size '\(given)' must be <width>x<height> in whole pixels without leading \
                zeros, one of them may be empty.
                """
            case .sideOutOfRange(let given, let limit):
                "The side '\(given)' must be from 1 to \(limit) pixels."
            case .malformedHash(let given):
                "The hash '\(given)' must be 64 hex digits, the SHA-256 of the original."
            case .unknownFormat(let given):
                "The extension '\(given)' must be one of jpg, png, webp, avif, jxl, gif."
            case .formatDisabled(let format):
                "The format \(format.fileExtension) is not enabled here."
            case .malformedEscape: "A '%' must be followed by two hex digits."
            case .malformedOption(let given): "The option '\(given)' must be name=value."
            case .unknownOption(let given): "There is no option '\(given)'."
            case .duplicateOption(let option): "The option \(option.word) is given twice."
            case .optionDisabled(let option): "The option \(option.word) is not enabled here."
            case .optionNeedsBox(let option):
                "The option \(option.word) needs a box: use /thumbs/<width>x<height>/."
            case .nothingIsCropped:
                "The option gravity needs fit=cover or fit=contain, and a box of two sides."
            case .invalidValue(let option, let given):
                "The option \(option.word) must be \(option.rule), not '\(given)'."
            case .valueDisabled(let option, let given):
                "The value '\(given)' of the option \(option.word) is not enabled here."
            case .unknownPreset(let given): "There is no preset '\(given)'."
            case .unknownWatermark(let given): "There is no watermark '\(given)'."
            case .malformedExpires: "The option expires must be a time in whole Unix seconds."
            case .duplicateSeal: "The options expires and signature can be given once."
            }
        }
    }

    /// What the client sent, safe in a sentence: at most 40 bytes of printable ASCII, and nothing
    /// from the word signature on, nor from where letters begin that are as many as a signature's,
    /// which a damaged URL can have in any place.
    static func quoted(_ bytes: Span<UInt8>) -> String {
        let end = min(startOfSecret(in: bytes), 40)
        var text = ""
        for index in 0..<min(bytes.count, end) {
            let byte = bytes[index]
            let isPlain =
                0x20...0x7e ~= byte && byte != UInt8(ascii: "'") && byte != UInt8(ascii: "\\")
            text.unicodeScalars.append(isPlain ? Unicode.Scalar(byte) : "?")
        }
        return bytes.count > end ? text + "..." : text
    }

    private static func startOfSecret(in bytes: Span<UInt8>) -> Int {
        var (runStart, runIsHex) = (0, true)
        for index in bytes.indices {
            let rest = bytes.extracting(index...)
            if ("signature" as StaticString).isPrefixInAnyCase(of: rest) { return index }
            guard Base64.value(of: bytes[index], .url) != nil else {
                (runStart, runIsHex) = (index + 1, true)
                continue
            }
            runIsHex = runIsHex && bytes[index].isHexDigit
            if index - runStart >= 21, !runIsHex { return runStart }
        }
        return bytes.count
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

extension StaticString {
    /// Of small letters.
    fileprivate func isPrefixInAnyCase(of bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= utf8CodeUnitCount else { return false }
        for index in 0..<utf8CodeUnitCount where bytes[index] | 0x20 != byte(at: index) {
            return false
        }
        return true
    }
}
