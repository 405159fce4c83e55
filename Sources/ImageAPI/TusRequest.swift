internal import Answers
internal import Coding
internal import HTTP
internal import HTTPServer
internal import Text

/// What a client of tus 1.0 says, by which an upload comes in pieces
/// (https://tus.io/protocols/resumable-upload).
enum TusRequest {
    static let versionLine = ProblemAnswer.line("Tus-Resumable", "1.0.0")
    /// Bytes of the values that an upload is begun with, as they are sent.
    private static let metadataByteLimit = 16 << 10

    /// What `OPTIONS` tells of it.
    static func capabilities(byteLimit: Int) -> [UInt8] {
        versionLine + ProblemAnswer.line("Tus-Version", "1.0.0")
            + ProblemAnswer.line("Tus-Extension", "creation,expiration,termination")
            + ProblemAnswer.line("Tus-Max-Size", String(byteLimit))
    }

    static func requireVersion(of exchange: Exchange) throws(ProblemAnswer) {
        let version = exchange.value(ofField: "tus-resumable")
        // Who speaks of any is answered with ours anyway.
        guard version == "1.0.0" else {
            throw ProblemAnswer(
                status: .preconditionFailed, detail: "Uploads in pieces are spoken in tus 1.0.0.",
                fieldLines: ProblemAnswer.line("Tus-Version", "1.0.0")
                    + (version == nil ? versionLine : []))
        }
    }

    /// A number of bytes.
    static func number(_ name: StaticString, of exchange: Exchange) throws(ProblemAnswer) -> Int {
        guard let text = exchange.value(ofField: name), let number = Int(text), number >= 0,
            text.utf8.allSatisfy({ 0x30...0x39 ~= $0 })
        else {
            throw ProblemAnswer(
                status: .badRequest, detail: "The field \(name) must be a number of bytes.")
        }
        return number
    }

    /// `Upload-Metadata`: keys, and values in base64. What is not known is passed over: every
    /// widget has some of its own.
    static func metadata(
        of exchange: Exchange
    ) throws(ProblemAnswer) -> [(name: UTF8String, value: UTF8String)] {
        guard let text = exchange.value(ofField: "upload-metadata") else { return [] }
        guard text.utf8.count <= metadataByteLimit else {
            throw ProblemAnswer(
                status: .badRequest,
                detail: "The field upload-metadata may have \(metadataByteLimit) bytes at most.")
        }
        var items: [(UTF8String, UTF8String)] = []
        for pair in text.fields(separatedBy: ",") {
            let parts = pair.fields(separatedBy: " ")
            guard let key = parts.first, parts.count <= 2,
                let bytes = parts.count == 2 ? Base64.bytes(parts[1]) : [],
                let value = UTF8String(validating: bytes)
            else {
                throw ProblemAnswer(
                    status: .badRequest, detail: "The field upload-metadata is malformed.")
            }
            items.append((UTF8String(key), value))
        }
        return items
    }
}
