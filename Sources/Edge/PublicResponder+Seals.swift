internal import HTTP
internal import HTTPServer
internal import LinuxIO
internal import Rendition
internal import Telemetry

/// What the seal of a URL means for its answer.
extension PublicResponder {
    /// Unix seconds.
    static func now() -> Int64 { Clock.wallMicroseconds() / 1_000_000 }

    /// To the one spelling of the same thing, unless it would be refused there.
    ///
    /// - Parameter isOpen: whether what is there needs no signature.
    func redirect(
        to location: [UInt8], isOpen: Bool, _ call: Call, _ route: Route, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        let refusal = gate?.refusal(
            of: location.span, seal: URLSeal(endOf: location.span), isOpen: isOpen, now: Self.now)
        if let refusal {
            return send(ProblemAnswer(refusal), to: call, route, bytes, on: connection)
        }
        var lines = OutputBuffer()
        lines.appendField("Location", location.span)
        lines.append(fieldSets.fields(for: call.head, in: bytes).common)
        let account = makeAccount(call, route, .none, bytes, connection)
        connection.send(
            Response(status: .permanentRedirect, fields: lines.copy(), account: account))
    }

    /// `canonical` with the seal that `target` ends with.
    static func sealing(
        _ canonical: [UInt8], as target: Span<UInt8>, _ seal: URLSeal?
    ) -> [UInt8] {
        guard let seal else { return canonical }
        var sealed = canonical
        sealed += target.extracting(seal.bareCount...).array
        // Without options left, or with the first of them, another character opens the query.
        sealed[canonical.count] =
            canonical.contains(UInt8(ascii: "?")) ? UInt8(ascii: "&") : UInt8(ascii: "?")
        return sealed
    }

    /// The target could not be read as it is: because of its seal, or because it is wrong.
    func deliverOtherwise(
        _ call: inout Call, _ route: Route, _ error: RenditionRequest.Invalid, _ seal: URLSeal?,
        _ bytes: Span<UInt8>, on connection: Connection
    ) {
        if gate == nil, seal == nil,
            let found = URLSeal(endOf: bytes.extracting(call.head.target.range))
        {
            // Signed for an edge that asks for it, or from a time when this one did.
            return deliver(&call, route, found, bytes, on: connection)
        }
        do throws(Refused) {
            guard let scattered = try scatteredSeal(of: call, bytes) else {
                throw Refused(status: .badRequest, detail: error.detail)
            }
            let request: RenditionRequest
            do throws(RenditionRequest.Invalid) {
                request = try RenditionRequest.parse(target: scattered.bare.span, policy: policy)
            } catch { throw Refused(status: .badRequest, detail: error.detail) }
            redirect(
                to: try respelling(request.canonicalTarget, scattered, call, bytes),
                isOpen: gate?.isOpen(request.recipe) ?? true, call, route, bytes, on: connection)
        } catch {
            let isOpen = gate?.sizes != .signed
            let answer = forbidden(call, seal, isOpen: isOpen, bytes) ?? error.answer
            send(answer, to: call, route, bytes, on: connection)
        }
    }

    /// Instead of what is wrong with a target: where only the signed is served, and where there is
    /// a signature, that is for who can sign.
    private func forbidden(
        _ call: Call, _ seal: URLSeal?, isOpen: Bool, _ bytes: Span<UInt8>
    ) -> ProblemAnswer? {
        let target = bytes.extracting(call.head.target.range)
        return gate?.refusal(of: target, seal: seal, isOpen: isOpen, now: Self.now)
            .map { ProblemAnswer($0) }
    }

    /// The same for an original.
    func answerOriginalOtherwise(
        _ call: Call, _ hexOffset: Int, _ seal: URLSeal?, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        let isOpen = gate?.originalsAreSigned != true
        do throws(Refused) {
            guard let scattered = try scatteredSeal(of: call, bytes),
                scattered.bare.count > hexOffset,
                ContentHash(hex: Array(scattered.bare[hexOffset...]).span) != nil
            else { throw Refused(.malformedHash) }
            redirect(
                to: try respelling(scattered.bare, scattered, call, bytes),
                isOpen: isOpen, call, .originals, bytes, on: connection)
        } catch {
            let answer = forbidden(call, seal, isOpen: isOpen, bytes) ?? error.answer
            send(answer, to: call, .originals, bytes, on: connection)
        }
    }

    /// An answer that is an error.
    private struct Refused: Error {
        let answer: ProblemAnswer
        init(_ answer: ProblemAnswer) { self.answer = answer }
        init(status: Status, detail: String) {
            self.init(ProblemAnswer(status: status, detail: detail))
        }
    }

    private func scatteredSeal(
        of call: Call, _ bytes: Span<UInt8>
    ) throws(Refused) -> ScatteredSeal? {
        do throws(ScatteredSeal.Invalid) {
            return try ScatteredSeal(in: bytes.extracting(call.head.target.range))
        } catch { throw Refused(status: .badRequest, detail: error.detail) }
    }

    /// `canonical` with the seal where it belongs.
    private func respelling(
        _ canonical: [UInt8], _ scattered: ScatteredSeal, _ call: Call, _ bytes: Span<UInt8>
    ) throws(Refused) -> [UInt8] {
        let location = scattered.sealing(canonical)
        // What is in its place already and still was not read as a seal can not be a signature.
        guard location != bytes.extracting(call.head.target.range).array else {
            throw Refused(ProblemAnswer(.badSignature))
        }
        return location
    }
}

extension ProblemAnswer {
    init(_ refusal: URLGate.Refusal) {
        switch refusal {
        case .unsigned:
            self.init(status: .forbidden, detail: "This needs a signed URL.")
        case .badSignature:
            self.init(status: .forbidden, detail: "The signature does not fit this URL.")
        case .expired:
            self.init(status: .gone, detail: "This link has expired.", cacheControl: "max-age=60")
        }
    }
}
