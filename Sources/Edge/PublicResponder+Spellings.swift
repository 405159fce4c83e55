internal import Answers
internal import HTTP
internal import HTTPServer
internal import LinuxIO
internal import Rendering
internal import Rendition
internal import Telemetry

/// Targets that are not the one spelling of what they name. What a middle may have made of that is
/// answered as it would be; the rest is redirected to it (`NormalTarget` says why that ends).
extension PublicResponder {
    /// Unix seconds.
    static func now() -> Int64 { Clock.wallMicroseconds() / 1_000_000 }

    /// A rendition by another spelling, or what is wrong with the target.
    func deliverOtherwise(_ call: inout Call) {
        do throws(RenditionRequest.Invalid) {
            let normal = try NormalTarget(call.target)
            let asked = try requests.entry(for: normal.bare.span)
            let (original, recipe) = (asked.request.original, asked.request.recipe)
            let location = normal.sealing(asked.request.canonicalTarget)
            let seal = URLSeal(in: location.span)
            let isOpen = gate?.isOpen(recipe) ?? true
            let refusal = refusal(of: location, seal, isSigned: normal.isSigned, isOpen: isOpen)
            if let refusal {
                send(ProblemAnswer(refusal), to: call)
            } else if asked.request.isCanonical && normal.isAnswered {
                deliver(&call, asked, seal)
            } else {
                redirect(to: location, of: original, seal, call)
            }
        } catch {
            let wrong = ProblemAnswer(status: .badRequest, detail: error.detail)
            let answer = forbidden(call, isOpen: gate?.sizes != .signed) ?? wrong
            send(answer, to: call)
        }
    }

    /// The same for an original, whose only option is its seal.
    func answerOriginalOtherwise(_ call: inout Call) {
        let isOpen = gate?.originalsAreSigned != true
        do throws(RenditionRequest.Invalid) {
            let normal = try NormalTarget(call.target)
            guard let hash = try normal.original() else { throw .malformedPath }
            let canonical = NormalTarget.target(ofOriginal: hash)
            let location = normal.sealing(canonical)
            let seal = URLSeal(in: location.span)
            let refusal = refusal(of: location, seal, isSigned: normal.isSigned, isOpen: isOpen)
            if let refusal {
                send(ProblemAnswer(refusal), to: call)
            } else if normal.bare == canonical && normal.isAnswered {
                sendOriginal(&call, hash, seal)
            } else {
                redirect(to: location, of: hash, seal, call)
            }
        } catch {
            let wrong = ProblemAnswer(status: .badRequest, detail: error.detail)
            let answer = forbidden(call, isOpen: isOpen) ?? wrong
            send(answer, to: call)
        }
    }

    /// - Parameter seal: of `location`, as far as one can be read there.
    private func refusal(
        of location: [UInt8], _ seal: URLSeal?, isSigned: Bool, isOpen: Bool
    ) -> URLGate.Refusal? {
        guard let gate else { return nil }
        if isSigned && seal == nil { return .badSignature }
        return gate.refusal(of: location.span, seal: seal, isOpen: isOpen, now: Self.now)
    }

    /// Instead of what is wrong with a target: where only the signed is served, and where there is
    /// a signature, that is for who can sign.
    private func forbidden(_ call: borrowing Call, isOpen: Bool) -> ProblemAnswer? {
        let seal = URLSeal(in: call.target)
        return gate?.refusal(of: call.target, seal: seal, isOpen: isOpen, now: Self.now)
            .map { ProblemAnswer($0) }
    }

    /// For a minute, and to be purged with the original: should a cache take it for the canonical
    /// URL's answer after all, it does not do so for long.
    private func redirect(
        to location: [UInt8], of original: ContentHash, _ seal: URLSeal?, _ call: borrowing Call
    ) {
        var lines = OutputBuffer()
        let target = Array(services.settings.publicOrigin.utf8) + location
        lines.appendField("Location", target.span)
        lines.appendKeys(of: original)
        let expires = gate == nil ? 0 : seal?.expires ?? 0
        fields(for: call).append(until: expires, lasting: .redirect, to: &lines)
        call.reply.send(
            Response(
                status: .permanentRedirect, fields: lines.copy(),
                account: makeAccount(call, .none)))
    }
}
