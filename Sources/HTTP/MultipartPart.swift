internal import Coding

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
    /// The line under way, or whole, until the next one shows that it does not go on.
    private var line: [UInt8] = []
    private var isWhole = false
    private var disposition: Disposition?
    private var contentType: String?

    init(byteLimit: Int) { self.byteLimit = byteLimit }

    mutating func begin() {
        byteCount = 0
        line.removeAll(keepingCapacity: true)
        (disposition, contentType, isWhole) = (nil, nil, false)
    }

    /// The part, when `byte` was the last of its head.
    mutating func take(_ byte: UInt8) throws(MultipartDecoder.Failure) -> MultipartPart? {
        byteCount += 1
        guard byteCount <= byteLimit else { throw .headTooLarge }
        if line.last == .carriageReturn {
            guard byte == .lineFeed else { throw .malformedHead }
            line.removeLast()
            if line.isEmpty { return try finish() }
            isWhole = true
            return nil
        }
        if isWhole {
            isWhole = false
            // MIME libraries fold long lines (RFC 5322 §2.2.3).
            if !byte.isBlank {
                try readLine()
                line.removeAll(keepingCapacity: true)
            }
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
            contentType = contentType ?? String(validating: value.array, as: UTF8.self)
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
        var pieces = ContinuedValue()
        var isFile = false
        var isClear = true
        let isForm = FieldParameters.forEach(of: value, from: kind.utf8CodeUnitCount) {
            place, given in
            let key = value.extracting(place)
            if key.isEqualIgnoringCase(to: "name") {
                guard given.isClear || !given.text.isEmpty else { return }
                let text = Self.unescaped(given.text)
                // Which field it is has to be certain.
                if let name, !name.utf8.elementsEqual(text.utf8) { isClear = false }
                name = text
            } else if key.isEqualIgnoringCase(to: "filename") {
                isFile = true
                plain = plain ?? Self.unescaped(given.text)
            } else if key.isEqualIgnoringCase(to: "filename*") {
                isFile = true
                extended = extended ?? Self.extended(given.text.span)
            } else if pieces.take(key, given.text, of: "filename*") {
                isFile = true
            }
        }
        // A file has its place without a name, too.
        guard isForm, isClear, name != nil || isFile else { return nil }
        self.name = name ?? ""
        switch pieces.value {
        case nil: break
        case .plain(let text): plain = plain ?? Self.unescaped(text)
        case .extended(let text): extended = extended ?? Self.extended(text.span)
        }
        filename = isFile ? Self.withoutFolders(extended ?? plain ?? "") : nil
    }

    /// Browsers write a quote in a name as `%22`, and no other mark so (HTML, multipart form
    /// data); line ends, their other two, stay as they are written. In which of the old encodings
    /// a name is that is no UTF-8 is not said: what can not be read of it is shown as that.
    private static func unescaped(_ text: [UInt8]) -> String {
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
        if let read = String(validating: plain, as: UTF8.self) { return read }
        // The second byte of a letter is no folder's mark, and is shown with the first as one.
        let letters = plain.indices.filter {
            plain[$0] != .backslash || $0 == 0 || plain[$0 - 1] < 0x80
        }
        return String(decoding: letters.map { plain[$0] }, as: UTF8.self)
    }

    /// `UTF-8'language'percent-encoded`, or of Latin-1 (RFC 8187 §3.2, RFC 5987). Not to be sent in
    /// forms (RFC 7578 §4.2), but some libraries do, and then it is the better name. `nil` where it
    /// can not be decoded: it is to be ignored then (§3.2.1).
    private static func extended(_ text: Span<UInt8>) -> String? {
        let isUTF8 = text.equalsIgnoringCase("utf-8'", from: 0)
        guard isUTF8 || text.equalsIgnoringCase("iso-8859-1'", from: 0) else { return nil }
        var index = text.index(of: UInt8(ascii: "'"), from: 0) + 1
        index = text.index(of: UInt8(ascii: "'"), from: index) + 1
        guard index <= text.count else { return nil }
        // More than the standard allows may stand there as it is.
        guard let bytes = PercentCoding.decode(text.extracting(index...)) else { return nil }
        if isUTF8 { return String(validating: bytes, as: UTF8.self) }
        // From 0x80 to 0x9F others mean other things by it.
        guard bytes.allSatisfy({ !(0x80...0x9F).contains($0) }) else { return nil }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private static func withoutFolders(_ name: String) -> String {
        let parts = name.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
        }
        return String(Substring(parts.last ?? ""[...].utf8))
    }
}
