import Imaging
import LinuxIO
import Rendition
import Sandbox
import WorkerLink

/// One request and its input.
struct Job: ~Copyable {
    private let request: WorkerRequest
    /// `nil`: it is in the shared memory.
    private let input: OwnedDescriptor?
    private let overlay: OwnedDescriptor?

    init(
        request: WorkerRequest, input: consuming OwnedDescriptor?,
        overlay: consuming OwnedDescriptor?
    ) {
        self.request = request
        self.input = input
        self.overlay = overlay
    }

    var processorSeconds: UInt32 { request.processorSeconds }

    /// Sends the replies that its kind of request promises: a refusal takes the place of an output.
    func serve(over link: EdgeLink, with held: inout HeldPicture) throws(LinkError) {
        switch request {
        case .probe(let job, let limits, let wish):
            try prove(job, limits, making: wish, over: link)
        case .render(let job, let render):
            try serve(job, render, over: link, with: &held)
        }
    }

    private func prove(
        _ job: JobID, _ limits: JobLimits, making wish: MasterWish, over link: EdgeLink
    ) throws(LinkError) {
        var facts: ImageFacts
        var master: Answer?
        do throws(ImagingError) {
            let picture = try open(limits, over: link, isProved: true)
            facts = picture.original.facts
            Sandbox.renewProcessorTime(
                seconds: limits.processorSeconds(
                    toProve: facts, byteCount: picture.original.byteCount))
            var style = Style()
            style.keepsDisplayP3 = wish == .inDisplayP3
            let renderer = Renderer(limits: limits, style: style)
            let plan = wish == .unwanted ? nil : MasterPlan(of: facts)
            let proof = try renderer.prove(picture.original, making: plan)
            facts.likeness = proof.likeness
            switch proof.master {
            case .some(let image): master = try Answer(image, over: link, index: 0, decodes: 1)
            case .none: break
            }
        } catch {
            let refusal = Refusal(error.reason, detail: error.detail)
            return try link.send(.refused(job, refusal))
        }
        try master?.send(job, over: link)
        try link.send(.probed(job, facts))
    }

    /// - Parameter isProved: nothing is known of it, so opening it has a time of its own.
    private func open(
        _ limits: JobLimits, over link: EdgeLink, isProved: Bool = false
    ) throws(ImagingError) -> MappedOriginal {
        switch input {
        case .none:
            let bytes = unsafe link.sharedInput(byteCount: Int(request.sharedByteCount))
            return try unsafe MappedOriginal(lent: bytes, limits: limits)
        case .some(let file):
            return try MappedOriginal(file, limits: limits) { byteCount in
                guard isProved else { return }
                Sandbox.renewProcessorTime(seconds: limits.processorSeconds(toOpen: byteCount))
            }
        }
    }

    private func serve(
        _ job: JobID, _ render: RenderJob, over link: EdgeLink, with held: inout HeldPicture
    ) throws(LinkError) {
        let clock = ContinuousClock()
        let begun = clock.now
        var renderer = Renderer(limits: render.limits, style: render.style)
        var picture: MappedOriginal?
        var master: MadeMaster?
        do throws(ImagingError) {
            renderer.overlay = try decodedOverlay(of: render)
            if !held.serves(render, by: renderer) {
                held.letGo(unlessOf: render.input)
                let mapped = try open(render.inputLimits, over: link)
                if render.input.isMasterMissing {
                    master = try MadeMaster.made(of: mapped.original, by: renderer, over: link)
                    try master?.decode(for: render, by: renderer, into: &held)
                } else {
                    picture = consume mapped
                }
            }
        } catch {
            return try refuse(job, nil, error, over: link)
        }
        if let master { try master.send(job, over: link) }
        // Of the first output's decoding, with the master where that had to be made.
        var opening = clock.now - begun
        for index in render.workOrder(of: picture, by: renderer) {
            let answer: Answer
            do throws(ImagingError) {
                answer = try make(
                    index, of: render, picture, by: renderer, with: &held, after: opening,
                    over: link)
            } catch {
                try refuse(job, index, error, over: link)
                continue
            }
            opening = .zero
            try answer.send(job, over: link)
        }
        if render.input.original == nil { held.letGo() }
    }

    /// `picture` is there unless all is made of what is held.
    private func make(
        _ index: Int, of render: RenderJob, _ picture: borrowing MappedOriginal?,
        by renderer: Renderer, with held: inout HeldPicture, after opening: Duration,
        over link: EdgeLink
    ) throws(ImagingError) -> Answer {
        let recipe = render.outputs[index]
        var decoding: Duration?
        switch picture {
        case .none: break
        case .some(let picture):
            if held.source(for: recipe, by: renderer) == nil {
                guard DecodingWay(picture.original, of: render.input).isShared(recipe) else {
                    return try alone(picture, recipe, index, renderer, after: opening, over: link)
                }
                try held.decode(picture.original, of: render.input, for: recipe, by: renderer)
                decoding = held.decoding
            }
            if held.source(for: recipe, by: renderer) == nil {
                return try alone(picture, recipe, index, renderer, after: opening, over: link)
            }
        }
        guard let source = held.source(for: recipe, by: renderer)
        else { throw ImagingError(.internalFailure, "no picture to render") }
        let image = try renderer.render(source, recipe)
        return try Answer(
            image, over: link, index: index, decodes: decoding == nil ? 0 : 1,
            decoding: opening + (decoding ?? .zero), isOfMaster: held.isMaster)
    }

    /// A recipe that has to look at the original itself.
    private func alone(
        _ picture: borrowing MappedOriginal, _ recipe: Recipe, _ index: Int, _ renderer: Renderer,
        after opening: Duration, over link: EdgeLink
    ) throws(ImagingError) -> Answer {
        let image = try renderer.render(picture.original, recipe)
        return try Answer(image, over: link, index: index, decodes: 1, decoding: opening)
    }

    private func decodedOverlay(of render: RenderJob) throws(ImagingError) -> DecodedOverlay? {
        guard let wanted = render.input.overlay else { return nil }
        switch overlay {
        case .none: throw ImagingError(.internalFailure, "a watermark without its picture")
        case .some(let overlay):
            do throws(ImagingError) {
                let limits = JobLimits(inputTypes: EnumSet(ImageType.allCases))
                let mapped = try MappedOriginal(overlay, limits: limits)
                return try DecodedOverlay(mapped.original, placement: wanted.placement)
            } catch {
                // Whatever is wrong with it is not the picture's fault.
                throw ImagingError(.internalFailure, "the watermark: \(error.detail)")
            }
        }
    }

    private func refuse(
        _ job: JobID, _ index: Int?, _ error: ImagingError, over link: EdgeLink
    ) throws(LinkError) {
        let output = index.map { UInt8($0) }
        let refusal = Refusal(error.reason, output: output, detail: error.detail)
        try link.send(.refused(job, refusal))
    }
}

/// An original and the map it reads from, if that is its own.
struct MappedOriginal: ~Copyable {
    let original: Original
    private let map: DescriptorMap?

    /// - Parameter willOpen: is told of how many bytes it is.
    init(
        _ input: borrowing OwnedDescriptor, limits: JobLimits, willOpen: (Int) -> Void = { _ in }
    ) throws(ImagingError) {
        let mapped: DescriptorMap
        do throws(SystemError) {
            mapped = try DescriptorMap(of: input)
        } catch {
            throw ImagingError(.internalFailure, "\(error)")
        }
        unsafe willOpen(mapped.bytes.count)
        original = try unsafe Original(mapped.bytes, limits: limits)
        map = consume mapped
    }

    init(lent bytes: UnsafeRawBufferPointer, limits: JobLimits) throws(ImagingError) {
        original = try unsafe Original(bytes, limits: limits)
        map = nil
    }
}
