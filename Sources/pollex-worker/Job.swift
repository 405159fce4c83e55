import Imaging
import LinuxIO
import Rendition
import WorkerLink

/// One request and its input.
struct Job: ~Copyable {
    private let request: WorkerRequest
    private let input: OwnedDescriptor

    init(request: WorkerRequest, input: consuming OwnedDescriptor) {
        self.request = request
        self.input = input
    }

    var processorSeconds: UInt32 {
        switch request {
        case .probe(_, let limits, _): limits.processorSeconds
        case .render(_, let render): render.limits.processorSeconds
        }
    }

    /// Sends the replies that its kind of request promises: a refusal takes the place of an output.
    func serve(over link: EdgeLink, with held: inout HeldPicture) throws(LinkError) {
        switch request {
        case .probe(let job, let limits, let wantsMaster):
            try prove(job, limits, wantsMaster: wantsMaster, over: link)
        case .render(let job, let render):
            try serve(job, render, over: link, with: &held)
        }
    }

    private func prove(
        _ job: JobID, _ limits: JobLimits, wantsMaster: Bool, over link: EdgeLink
    ) throws(LinkError) {
        var facts: ImageFacts
        var master: Answer?
        do throws(ImagingError) {
            let picture = try MappedOriginal(input, limits: limits)
            facts = picture.original.facts
            let renderer = Renderer(limits: limits, qualities: QualityDefaults())
            let plan = wantsMaster ? MasterPlan(of: facts) : nil
            let proof = try renderer.prove(picture.original, making: plan)
            facts.likeness = proof.likeness
            switch proof.master {
            case .some(let image): master = try Answer(image, index: 0, decodes: 1)
            case .none: break
            }
        } catch {
            let refusal = Refusal(error.reason, detail: error.detail)
            return try link.send(.refused(job, refusal), output: nil)
        }
        if let master = consume master { try master.send(job, over: link) }
        try link.send(.probed(job, facts), output: nil)
    }

    private func serve(
        _ job: JobID, _ render: RenderJob, over link: EdgeLink, with held: inout HeldPicture
    ) throws(LinkError) {
        let renderer = Renderer(limits: render.limits, qualities: render.quality)
        let isAtHand = held.serves(render, by: renderer)
        var picture: MappedOriginal?
        if !isAtHand {
            do throws(ImagingError) {
                let mapped = try MappedOriginal(input, limits: render.limits)
                try held.decode(mapped.original, for: render, by: renderer)
                picture = consume mapped
            } catch {
                for index in render.outputs.indices {
                    try refuse(job, index, error, over: link)
                }
                return
            }
        }
        var decoding = isAtHand ? nil : held.decoding
        for index in render.workOrder {
            let recipe = render.outputs[index]
            let answer: Answer
            do throws(ImagingError) {
                if let source = held.source(for: recipe, by: renderer) {
                    let image = try renderer.render(source, recipe)
                    answer = try Answer(
                        image, index: index, decodes: decoding == nil ? 0 : 1,
                        decoding: decoding ?? .zero, isOfMaster: held.isMaster)
                    decoding = nil
                } else {
                    answer = try alone(picture, recipe, index, renderer)
                }
            } catch {
                try refuse(job, index, error, over: link)
                continue
            }
            try answer.send(job, over: link)
        }
        if render.input.original == nil { held.letGo() }
    }

    /// A recipe that has to look at the original itself.
    private func alone(
        _ picture: borrowing MappedOriginal?, _ recipe: Recipe, _ index: Int, _ renderer: Renderer
    ) throws(ImagingError) -> Answer {
        switch picture {
        case .some(let picture):
            let image = try renderer.render(picture.original, recipe)
            return try Answer(image, index: index, decodes: 1)
        case .none: throw ImagingError(.internalFailure, "no picture to render")
        }
    }

    private func refuse(
        _ job: JobID, _ index: Int, _ error: ImagingError, over link: EdgeLink
    ) throws(LinkError) {
        let refusal = Refusal(error.reason, output: UInt8(index), detail: error.detail)
        try link.send(.refused(job, refusal), output: nil)
    }
}

extension RenderJob {
    /// What is soon done comes first, so that nobody waits for another's slow encoder; of equals
    /// the larger.
    var workOrder: [Int] {
        outputs.indices.sorted { left, right in
            let (first, second) = (outputs[left], outputs[right])
            if first.slowness != second.slowness { return first.slowness < second.slowness }
            return Int(first.width) + Int(first.height) > Int(second.width) + Int(second.height)
        }
    }
}

extension Recipe {
    /// Of its encoder, next to the others.
    fileprivate var slowness: Int {
        switch format {
        case .negotiated, .fallback, .explicit(.jpeg): 0
        case .explicit(.webp): 1
        case .explicit(.png), .explicit(.gif): 2
        case .explicit(.jxl): 3
        case .explicit(.avif): 4
        }
    }
}

/// An original and the map it reads from.
struct MappedOriginal: ~Copyable {
    let original: Original
    private let map: DescriptorMap

    init(_ input: borrowing OwnedDescriptor, limits: JobLimits) throws(ImagingError) {
        let mapped: DescriptorMap
        do throws(SystemError) {
            mapped = try DescriptorMap(of: input)
        } catch {
            throw ImagingError(.internalFailure, "\(error)")
        }
        original = try unsafe Original(mapped.bytes, limits: limits)
        map = mapped
    }
}
