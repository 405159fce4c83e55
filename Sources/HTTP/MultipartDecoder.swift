/// Takes a `multipart/form-data` body apart as it comes (RFC 7578, RFC 2046 §5.1), for bytes that
/// arrive in any pieces.
///
/// It keeps no content: what belongs to a part is said as a place in the bytes just given. Only
/// where they end in what may be the beginning of a delimiter, that much waits for the next ones;
/// if it was none, it is told as a place in the delimiter itself, to which it is equal.
///
/// Strict: every line of a head ends in CRLF, a line that begins as the delimiter is one, and what
/// is neither head nor content is bounded.
package struct MultipartDecoder: ~Copyable {
    package enum Failure: Error, Hashable, Sendable, CaseIterable {
        case malformedDelimiter, malformedHead, malformedDisposition, transferEncoding
        case headTooLarge, tooManyParts, tooMuchBesideParts, truncated
    }

    package struct Limits: Sendable {
        package var parts: Int
        /// The field lines of one part.
        package var headBytes: Int
        /// Before the first delimiter, behind the last one, and blanks behind each of them.
        package var besideBytes = 4096

        package init(parts: Int, headBytes: Int) {
            self.parts = parts
            self.headBytes = headBytes
        }
    }

    package enum Event: Equatable, Sendable {
        case partBegins(MultipartPart)
        /// A place in the bytes given.
        case content(Range<Int>)
        /// Content that was held back: a place in `delimiter`.
        case heldContent(Range<Int>)
        case partEnds
    }

    package struct Step: Sendable {
        /// Bytes that are done with.
        package let consumed: Int
        /// `nil`: all bytes were consumed, and more are needed to tell what comes next.
        package let event: Event?
    }

    private enum State {
        case preamble, content, head
        case delimiterEnd, padding, delimiterLineFeed, lastDash
        case closed, closedLineFeed, epilogue
    }

    /// CRLF, two dashes and the boundary. It has one CR, at its start: where a match breaks off,
    /// no other can have begun inside it.
    package let delimiter: [UInt8]
    private let limits: Limits
    private var state = State.preamble
    /// Bytes of the delimiter that have been seen. At the start of the body and of each content
    /// its CRLF is taken as seen: nothing has to stand before a delimiter there.
    private var matched = 2
    /// Of those, the ones that were no content.
    private var presumed = 2
    private var head: MultipartHeadReader
    private var partCount = 0
    private var besideByteCount = 0

    package init(boundary: MultipartBoundary, limits: Limits) {
        delimiter = [.carriageReturn, .lineFeed, .dash, .dash] + boundary.bytes
        self.limits = limits
        head = MultipartHeadReader(byteLimit: limits.headBytes)
    }

    /// Reads up to the next event. A decoder that threw is spent.
    package mutating func decode(_ bytes: Span<UInt8>) throws(Failure) -> Step {
        var index = 0
        while index < bytes.count {
            switch state {
            case .content:
                if let step = search(bytes, &index) { return step }
            case .preamble:
                let start = index
                _ = search(bytes, &index)
                try countBeside(index - start)
            case .head:
                let byte = bytes[index]
                index += 1
                guard let part = try head.take(byte) else { continue }
                (state, matched, presumed) = (.content, 2, 2)
                return Step(consumed: index, event: .partBegins(part))
            case .epilogue:
                try countBeside(bytes.count - index)
                index = bytes.count
            default:
                try takeDelimiterEnd(bytes[index])
                index += 1
            }
        }
        return Step(consumed: bytes.count, event: nil)
    }

    /// To be called at the end of the body.
    package func finish() throws(Failure) {
        guard state == .closed || state == .epilogue else { throw .truncated }
    }

    // MARK: Looking for the delimiter

    /// Goes on from `index` until there is something to tell, or no byte left.
    private mutating func search(_ bytes: Span<UInt8>, _ index: inout Int) -> Step? {
        if matched == 0 {
            let start = index
            index = endOfContent(bytes, from: start)
            if index > start { return Step(consumed: index, event: .content(start..<index)) }
        }
        while index < bytes.count {
            guard bytes[index] == delimiter[matched] else { return giveUpMatch(index) }
            index += 1
            matched += 1
            if matched == delimiter.count {
                let event: Event? = state == .content ? .partEnds : nil
                state = .delimiterEnd
                return Step(consumed: index, event: event)
            }
        }
        return nil
    }

    /// The bytes seen were not the delimiter's. The one at `index` is still to be looked at.
    private mutating func giveUpMatch(_ index: Int) -> Step? {
        let held = presumed..<matched
        (matched, presumed) = (0, 0)
        return held.isEmpty ? nil : Step(consumed: index, event: .heldContent(held))
    }

    /// Where in `bytes` the delimiter begins, or may begin as far as they go; else their end.
    private func endOfContent(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var candidate = bytes.index(of: .carriageReturn, from: start)
        while candidate < bytes.count {
            var length = 1
            while length < delimiter.count, candidate + length < bytes.count,
                bytes[candidate + length] == delimiter[length]
            {
                length += 1
            }
            if length == delimiter.count || candidate + length == bytes.count { break }
            candidate = bytes.index(of: .carriageReturn, from: candidate + 1)
        }
        return candidate
    }

    // MARK: Behind the delimiter

    /// `[ "--" ] *LWSP-char CRLF` (RFC 2046 §5.1.1).
    private mutating func takeDelimiterEnd(_ byte: UInt8) throws(Failure) {
        switch (state, byte) {
        case (.delimiterEnd, .dash): state = .lastDash
        case (.lastDash, .dash): state = .closed
        case (.delimiterEnd, _) where byte.isBlank, (.padding, _) where byte.isBlank:
            state = .padding
            try countBeside(1)
        case (.delimiterEnd, .carriageReturn), (.padding, .carriageReturn):
            state = .delimiterLineFeed
        case (.delimiterLineFeed, .lineFeed):
            partCount += 1
            guard partCount <= limits.parts else { throw .tooManyParts }
            head.begin()
            state = .head
        case (.closed, _) where byte.isBlank: try countBeside(1)
        case (.closed, .carriageReturn): state = .closedLineFeed
        case (.closedLineFeed, .lineFeed): state = .epilogue
        default: throw .malformedDelimiter
        }
    }

    private mutating func countBeside(_ byteCount: Int) throws(Failure) {
        besideByteCount += byteCount
        guard besideByteCount <= limits.besideBytes else { throw .tooMuchBesideParts }
    }
}

extension MultipartDecoder.Failure {
    package var status: Status {
        self == .tooManyParts || self == .headTooLarge ? .contentTooLarge : .badRequest
    }

    /// For the problem document.
    package var reason: StaticString {
        switch self {
        case .malformedDelimiter: "A line begins as the form's delimiter and goes on otherwise."
        case .malformedHead: "A part of the form has a malformed field line."
        case .malformedDisposition:
            "A part of the form has no Content-Disposition: form-data with a name, or a wrong one."
        case .transferEncoding: "Parts of a form are taken as they are, without transfer encoding."
        case .headTooLarge: "The fields of a part of the form are too large."
        case .tooManyParts: "The form has too many parts."
        case .tooMuchBesideParts: "There is too much before or behind the parts of the form."
        case .truncated: "The form ends before its closing delimiter."
        }
    }
}
