import HTTP2
import TestSupport

/// A client of one session, made of frames, right and wrong ones.
final class Peer {
    private var session: HTTP2Session
    let scratch: HTTP2Scratch
    /// What was told of requests, in words.
    private(set) var told: [String] = []
    /// What is answered to each request; none: it waits.
    var answer: (head: String, body: [UInt8])?
    private(set) var isRefused = false
    private var sent: [Int: Int] = [:]

    struct NoMemory: Error {}

    init(
        limits: HTTP2Limits = HTTP2Limits(), begins: Bool = true, beside other: Peer? = nil
    ) throws {
        guard let scratch = other?.scratch ?? HTTP2Scratch(),
            let session = HTTP2Session(scratch, limits: limits)
        else { throw NoMemory() }
        self.scratch = scratch
        self.session = session
        guard begins else { return }
        receive(HTTP2Frame.preface + HTTP2Frame.bytes(type: 4))
        _ = frames()
    }

    func receive(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count, !isRefused {
            let end = min(bytes.count, start + HTTP2Session.pieceByteCount)
            if !session.receive(bytes.span.extracting(start..<end)) { isRefused = true }
            takeEvents(Array(bytes[start..<end]))
            start = end
        }
    }

    private func takeEvents(_ bytes: [UInt8]) {
        while let event = session.next() {
            switch event {
            case .request(let stream, let head, let hasBody):
                let text = scratch.withHead(head) { bytes in
                    String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
                }
                told.append("\(stream) \(hasBody ? "body" : "whole") \(text)")
                respond(to: stream)
            case .largeRequest(let stream, _): told.append("\(stream) large")
            case .body(let stream, let place):
                told.append("\(stream) \(String(decoding: bytes[place], as: UTF8.self))")
                session.consumed(place.count)
                session.consumed(place.count, of: stream)
            case .bodyEnd(let stream): told.append("\(stream) end")
            case .closed(let stream, let isClean):
                told.append("\(stream) closed\(isClean ? "" : " badly")")
            }
        }
    }

    private func respond(to stream: Int) {
        guard let answer else { return }
        sent[stream] = 0
        let head = Array(answer.head.utf8)
        _ = session.respond(to: stream, head.span, bodyByteCount: answer.body.count)
    }

    /// All that the session has to write.
    func frames(room: Int = 65_536) -> [HTTP2Frame] {
        var written: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: room)
        let body = answer?.body ?? []
        while true {
            var sent = sent
            let count = unsafe buffer.withUnsafeMutableBytes { room in
                unsafe session.write(into: room) { stream, gap in
                    let start = sent[stream, default: 0]
                    unsafe gap.copyBytes(from: body[start..<start + gap.count])
                    sent[stream] = start + gap.count
                    return true
                }
            }
            self.sent = sent
            takeEvents([])
            guard let count, count > 0 else { break }
            written += buffer[..<count]
        }
        return HTTP2Frame.read(written)
    }

    var isOver: Bool { session.isOver }

    func noticeShutdown() { session.noticeShutdown() }
    func shutDown() { session.shutDown() }
    func tick() { session.tick() }
}
