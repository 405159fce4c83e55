/// `<Error><Code>NoSuchKey</Code>…`
enum ErrorDocument {
    static func code(_ content: [UInt8]) -> String {
        let (opening, closing) = (Array("<Code>".utf8), Array("</Code>".utf8))
        guard let start = content.firstRange(of: opening)?.upperBound,
            let end = content[start...].firstRange(of: closing)?.lowerBound
        else { return "" }
        // Somebody else's words, in a log: short and plain.
        let code = content[start..<end].prefix(64).filter { (48...122).contains($0) }
        return String(decoding: code, as: UTF8.self)
    }
}
