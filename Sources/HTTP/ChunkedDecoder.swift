internal import Coding

/// Takes the chunked coding off a body (RFC 9112 §7.1), a byte at a time where it is framing and a
/// chunk at a time where it is content. Strict: sizes are hex digits, lines end in CRLF, a blank
/// stands only around the `;` and `=` of an extension. Extensions and trailers are checked and
/// dropped.
package struct ChunkedDecoder: ~Copyable {
    /// What a step took from the front of the bytes it was given.
    package struct Step: Hashable, Sendable {
        /// How many bytes are done with.
        package let consumed: Int
        /// Where in those bytes content lies; may be empty.
        package let content: Range<Int>
        /// Whether the body has ended; the bytes behind `consumed` belong to the next request.
        package let isFinished: Bool
    }

    private enum State {
        case firstSizeDigit, size, afterSizeBlank, sizeLineFeed
        case extensionNameStart, extensionName, afterExtensionName
        case extensionValueStart, extensionToken, extensionQuoted, extensionEscape
        case afterExtensionValue
        case content, contentCarriageReturn, contentLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed
        case finished
    }

    /// More digits than these do not fit any file; leading zeros do not count.
    private static let sizeDigitLimit = 15
    /// How far extensions and leading zeros may outweigh the content that came with them.
    private static let overheadByteLimit = 16_384
    private static let trailerByteLimit = 8192

    private var state = State.firstSizeDigit
    private var chunkSize: UInt64 = 0
    private var overhead: UInt64 = 0
    private var trailerByteCount = 0

    package init() {}

    /// Consumes framing and at most one piece of content.
    ///
    /// Without content and not finished, all of `bytes` is consumed. A decoder that threw, or has
    /// finished, is spent.
    package mutating func decode(_ bytes: Span<UInt8>) throws(HTTPError) -> Step {
        var index = 0
        while index < bytes.count, state != .finished {
            if state == .content {
                let length = Int(min(chunkSize, UInt64(bytes.count - index)))
                chunkSize -= UInt64(length)
                if chunkSize == 0 { state = .contentCarriageReturn }
                let end = index + length
                return Step(consumed: end, content: index..<end, isFinished: false)
            }
            try take(bytes[index])
            index += 1
        }
        return Step(consumed: index, content: index..<index, isFinished: state == .finished)
    }

    private mutating func take(_ byte: UInt8) throws(HTTPError) {
        switch state {
        case .firstSizeDigit, .size, .afterSizeBlank, .sizeLineFeed: try takeSize(byte)
        case .extensionNameStart, .extensionName, .afterExtensionName, .extensionValueStart,
            .extensionToken, .extensionQuoted, .extensionEscape, .afterExtensionValue:
            try takeExtension(byte)
        case .contentCarriageReturn:
            try expect(byte == .carriageReturn)
            state = .contentLineFeed
        case .contentLineFeed:
            try expect(byte == .lineFeed)
            state = .firstSizeDigit
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed:
            try takeTrailer(byte)
        case .content, .finished: preconditionFailure("no framing is read in \(state)")
        }
    }

    private func expect(_ condition: Bool) throws(HTTPError) {
        guard condition else { throw .malformedChunk }
    }

    private mutating func takeSize(_ byte: UInt8) throws(HTTPError) {
        switch state {
        case .sizeLineFeed:
            try expect(byte == .lineFeed)
            overhead -= min(overhead, chunkSize)
            state = chunkSize == 0 ? .trailerStart : .content
        case .afterSizeBlank:
            try addOverhead()
            if byte.isBlank { return }
            try expect(byte == .semicolon)
            state = .extensionNameStart
        case .firstSizeDigit:
            guard let digit = byte.hexValue else { throw .malformedChunk }
            chunkSize = UInt64(digit)
            state = .size
        default:
            if let digit = byte.hexValue {
                if chunkSize == 0 { try addOverhead() }
                guard chunkSize >> UInt64(4 * (Self.sizeDigitLimit - 1)) == 0
                else { throw .chunkTooLarge }
                chunkSize = chunkSize << 4 | UInt64(digit)
            } else if byte == .carriageReturn {
                state = .sizeLineFeed
            } else {
                try addOverhead()
                try expect(byte == .semicolon || byte.isBlank)
                state = byte == .semicolon ? .extensionNameStart : .afterSizeBlank
            }
        }
    }

    private mutating func addOverhead() throws(HTTPError) {
        overhead += 1
        guard overhead <= Self.overheadByteLimit else { throw .chunkOverheadTooLarge }
    }

    /// `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )` (RFC 9112 §7.1.1).
    private mutating func takeExtension(_ byte: UInt8) throws(HTTPError) {
        try addOverhead()
        let isToken = ByteClass.token.contains(byte)
        switch state {
        case .extensionNameStart:
            if byte.isBlank { return }
            try expect(isToken)
            state = .extensionName
        case .extensionName:
            if isToken { return }
            try endExtensionPart(byte, mayHaveValue: true)
        case .afterExtensionName:
            if byte.isBlank { return }
            try expect(byte == .semicolon || byte == .equals)
            state = byte == .equals ? .extensionValueStart : .extensionNameStart
        case .extensionValueStart:
            if byte.isBlank { return }
            try expect(isToken || byte == .quote)
            state = byte == .quote ? .extensionQuoted : .extensionToken
        case .extensionToken:
            if isToken { return }
            try endExtensionPart(byte, mayHaveValue: false)
        case .extensionQuoted:
            try expect(byte.isFieldContent)
            if byte == .quote { state = .afterExtensionValue }
            if byte == .backslash { state = .extensionEscape }
        case .extensionEscape:
            try expect(byte.isFieldContent)
            state = .extensionQuoted
        default: try endExtensionPart(byte, mayHaveValue: false)
        }
    }

    /// The byte behind a name or a value. A blank must be followed by `;` or, behind a name, `=`.
    private mutating func endExtensionPart(
        _ byte: UInt8, mayHaveValue: Bool
    ) throws(HTTPError) {
        if byte == .carriageReturn {
            state = .sizeLineFeed
        } else if byte == .semicolon {
            state = .extensionNameStart
        } else if mayHaveValue, byte == .equals {
            state = .extensionValueStart
        } else {
            try expect(byte.isBlank)
            state = mayHaveValue ? .afterExtensionName : .afterSizeBlank
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(HTTPError) {
        trailerByteCount += 1
        guard trailerByteCount <= Self.trailerByteLimit else { throw .trailersTooLarge }
        switch (state, byte) {
        case (.trailerStart, .carriageReturn): state = .lastLineFeed
        case (.trailerStart, _) where ByteClass.token.contains(byte): state = .trailerName
        case (.trailerName, .colon): state = .trailerValue
        case (.trailerName, _) where ByteClass.token.contains(byte): break
        case (.trailerValue, .carriageReturn): state = .trailerLineFeed
        case (.trailerValue, _) where byte.isFieldContent: break
        case (.trailerLineFeed, .lineFeed): state = .trailerStart
        case (.lastLineFeed, .lineFeed): state = .finished
        default: throw .malformedTrailer
        }
    }
}
