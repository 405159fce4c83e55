internal import Digest
internal import HTTP
internal import HTTPServer
internal import Permission

/// Pulls the parts of a form out of a request's body as it comes. Of one task.
final class FormReader {
    enum Failure: Error {
        case body(Exchange.BodyFailure)
        case form(MultipartDecoder.Failure)
        /// A field of the form, and why it is not taken.
        case field(String)
        case tooLarge(limit: Int)
    }

    private let body: UploadMeter
    private let byteLimit: Int
    private var decoder: MultipartDecoder
    /// Of the whole body, parts, delimiters and all; `nil` when nobody asked.
    private var hasher: SHA256Hasher?
    private var byteCount = 0
    private var chunk: [UInt8] = []
    private var position = 0
    private var isInPart = false
    /// What ended the form; a part that was being read then ended with it.
    private(set) var failure: Failure?

    init(
        _ body: UploadMeter, boundary: MultipartBoundary, limits: MultipartDecoder.Limits,
        byteLimit: Int, isHashed: Bool
    ) {
        self.body = body
        self.byteLimit = byteLimit
        if isHashed { hasher = SHA256Hasher() }
        decoder = MultipartDecoder(boundary: boundary, limits: limits)
    }

    /// The next part, what is left of the one before skipped; `nil` at the end of the whole form.
    func nextPart() async throws(Failure) -> MultipartPart? {
        while try await nextContent() != nil {}
        while let event = try await nextEvent() {
            if case .partBegins(let part) = event {
                isInPart = true
                return part
            }
        }
        return nil
    }

    /// The next piece of the part's content, `nil` at its end.
    func nextContent() async throws(Failure) -> [UInt8]? {
        while isInPart, let event = try await nextEvent() {
            switch event {
            case .content(let range):
                // In the middle of a large file a chunk is content from end to end.
                return range == 0..<chunk.count ? chunk : Array(chunk[range])
            case .heldContent(let range): return Array(decoder.delimiter[range])
            case .partEnds: isInPart = false
            case .partBegins: preconditionFailure("a part inside a part")
            }
        }
        return nil
    }

    /// The digest of the whole body, at its end, when it was asked for. Once.
    func digest() -> SHA256Digest? {
        guard let hasher = hasher.take() else { return nil }
        return hasher.finish()
    }

    /// The next event, the place of content in `chunk`; `nil` at the end of the form.
    private func nextEvent() async throws(Failure) -> MultipartDecoder.Event? {
        if let failure { throw failure }
        do throws(Failure) {
            while true {
                if let event = try decode() { return event }
                guard let more = try await read() else { return nil }
                chunk = more
                position = 0
            }
        } catch {
            failure = error
            throw error
        }
    }

    /// `nil`: the chunk is used up.
    private func decode() throws(Failure) -> MultipartDecoder.Event? {
        let bytes = chunk
        do throws(MultipartDecoder.Failure) {
            while position < bytes.count {
                let from = position
                let step = try decoder.decode(bytes.span.extracting(droppingFirst: from))
                position += step.consumed
                guard case .content(let range)? = step.event else {
                    if let event = step.event { return event }
                    continue
                }
                return .content(range.lowerBound + from..<range.upperBound + from)
            }
        } catch { throw .form(error) }
        return nil
    }

    private func read() async throws(Failure) -> [UInt8]? {
        let more: [UInt8]?
        do throws(Exchange.BodyFailure) { more = try await body.nextChunk() } catch {
            throw .body(error)
        }
        guard let more else {
            do throws(MultipartDecoder.Failure) { try decoder.finish() } catch {
                throw .form(error)
            }
            return nil
        }
        byteCount += more.count
        guard byteCount <= byteLimit else { throw .tooLarge(limit: byteLimit) }
        hasher?.update(more.span)
        return more
    }
}
