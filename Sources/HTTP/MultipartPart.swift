/// What the head of a form's part says (RFC 7578 §4).
package struct MultipartPart: Hashable, Sendable {
    /// The field's name in the form.
    package let name: String
    /// Of a file, without the folders some clients put before it; `nil`: the part is no file.
    package let filename: String?
    /// As it came; a claim.
    package let contentType: String?
}

/// Reads the field lines of one part, byte by byte.
struct MultipartHeadReader: ~Copyable {
    private let byteLimit: Int
    private var byteCount = 0
    /// The line under way.
    private var line: [UInt8] = []
    private var disposition: Disposition?
    private var contentType: String?

    init(byteLimit: Int) { self.byteLimit = byteLimit }

    mutating func begin() {
        byteCount = 0
        line.removeAll(keepingCapacity: true)
        (disposition, contentType) = (nil, nil)
    }

    /// The part, when `byte` was the last of its head.
    mutating func take(_ byte: UInt8) throws(MultipartDecoder.Failure) -> MultipartPart? {
        byteCount += 1
        guard byteCount <= byteLimit else { throw .headTooLarge }
        if line.last == .carriageReturn {
            guard byte == .lineFeed else { throw .malformedHead }
            line.removeLast()
            if line.isEmpty { return try finish() }
            try readLine()
            line.removeAll(keepingCapacity: true)
            return nil
        }
        guard byte.isFieldContent || byte == .carriageReturn else { throw .malformedHead }
        line.append(byte)
        return nil
    }

    private func finish() throws(MultipartDecoder.Failure) -> MultipartPart {
        guard let disposition else { throw .malformedDisposition }
        return MultipartPart(
            name: disposition.name, filename: disposition.filename, contentType: contentType)
    }

    private mutating func readLine() throws(MultipartDecoder.Failure) {
        let bytes = line
        let line = bytes.span
        let nameEnd = line.indexOfFirst(notIn: .token, from: 0)
        guard nameEnd > 0, nameEnd < line.count, line[nameEnd] == .colon
        else { throw .malformedHead }
        let name = line.extracting(0..<nameEnd)
        let valueStart = line.indexAfterBlanks(from: nameEnd + 1)
        var valueEnd = line.count
        while valueEnd > valueStart, line[valueEnd - 1].isBlank { valueEnd -= 1 }
        let value = line.extracting(valueStart..<valueEnd)
        if name.isEqualIgnoringCase(to: "content-disposition") {
            guard disposition == nil, let read = Disposition(value)
            else { throw .malformedDisposition }
            disposition = read
        } else if name.isEqualIgnoringCase(to: "content-type") {
            guard contentType == nil, let text = String.validating(value)
            else { throw .malformedHead }
            contentType = text
        } else if name.isEqualIgnoringCase(to: "content-transfer-encoding") {
            // Deprecated (RFC 7578 §4.7); these three change nothing.
            guard
                value.isEqualIgnoringCase(to: "binary") || value.isEqualIgnoringCase(to: "8bit")
                    || value.isEqualIgnoringCase(to: "7bit")
            else { throw .transferEncoding }
        }
    }
}

/// `form-data; name="…"; filename="…"` (RFC 7578 §4.2).
private struct Disposition {
    var name: String
    var filename: String?

    init?(_ value: Span<UInt8>) {
        let kind: StaticString = "form-data"
        guard value.equalsIgnoringCase(kind, from: 0) else { return nil }
        var name: String?
        var plain: String?
        var extended: String?
        let isWhole = FieldParameters.forEach(of: value, from: kind.utf8CodeUnitCount) {
            place, text in
            let key = value.extracting(place)
            if key.isEqualIgnoringCase(to: "name") {
                guard name == nil else { return false }
                name = Self.unescaped(text)
                return name != nil
            }
            if key.isEqualIgnoringCase(to: "filename") {
                guard plain == nil else { return false }
                plain = Self.unescaped(text)
                return plain != nil
            }
            if key.isEqualIgnoringCase(to: "filename*") {
                guard extended == nil else { return false }
                extended = Self.extended(text.span)
                return extended != nil
            }
            return true
        }
        guard isWhole, let name else { return nil }
        self.name = name
        filename = (extended ?? plain).map(Self.withoutFolders)
    }

    /// Browsers write a quote in a name as `%22`, and no other mark so (HTML, multipart form
    /// data); line ends, their other two, stay as they are written.
    private static func unescaped(_ text: [UInt8]) -> String? {
        guard text.contains(UInt8(ascii: "%")) else { return String.validating(text.span) }
        var plain: [UInt8] = []
        var index = 0
        while index < text.count {
            if text.span.equals("%22", from: index) {
                plain.append(.quote)
                index += 3
            } else {
                plain.append(text[index])
                index += 1
            }
        }
        return String.validating(plain.span)
    }

    /// `UTF-8'language'percent-encoded` (RFC 8187 §3.2). Not to be sent in forms (RFC 7578 §4.2),
    /// but some libraries do, and then it is the better name.
    private static func extended(_ text: Span<UInt8>) -> String? {
        guard text.equalsIgnoringCase("utf-8'", from: 0) else { return nil }
        var index = 6
        while index < text.count, text[index] != UInt8(ascii: "'") { index += 1 }
        guard index < text.count else { return nil }
        index += 1
        var bytes: [UInt8] = []
        while index < text.count {
            guard text[index] == UInt8(ascii: "%") else {
                guard ByteClass.token.contains(text[index]) else { return nil }
                bytes.append(text[index])
                index += 1
                continue
            }
            guard index + 2 < text.count, let high = text[index + 1].hexValue,
                let low = text[index + 2].hexValue
            else { return nil }
            bytes.append(high << 4 | low)
            index += 3
        }
        return String.validating(bytes.span)
    }

    private static func withoutFolders(_ name: String) -> String {
        let parts = name.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
        }
        return String(Substring(parts.last ?? ""[...].utf8))
    }
}

extension String {
    /// `nil` for what is no UTF-8.
    fileprivate static func validating(_ bytes: Span<UInt8>) -> String? {
        String(validating: bytes.array, as: UTF8.self)
    }
}
