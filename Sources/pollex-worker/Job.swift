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
        case .probe(_, let limits): limits.processorSeconds
        case .render(_, let render): render.limits.processorSeconds
        }
    }

    /// Sends one reply for a probe, and one for every output of a render, refused ones included.
    func serve(over link: EdgeLink) throws(LinkError) {
        switch request {
        case .probe(let job, let limits):
            try link.send(probed(job, limits), output: nil)
        case .render(let job, let render):
            try serve(job, render, over: link)
        }
    }

    private func probed(_ job: JobID, _ limits: JobLimits) -> WorkerReply {
        do throws(ImagingError) {
            let picture = try MappedOriginal(input, limits: limits)
            return .probed(job, picture.original.facts)
        } catch {
            return .refused(job, Refusal(error.reason, detail: error.detail))
        }
    }

    private func serve(
        _ job: JobID, _ render: RenderJob, over link: EdgeLink
    ) throws(LinkError) {
        let picture: MappedOriginal
        do throws(ImagingError) {
            picture = try MappedOriginal(input, limits: render.limits)
        } catch {
            for index in render.outputs.indices {
                let refusal = Refusal(error.reason, output: UInt8(index), detail: error.detail)
                try link.send(.refused(job, refusal), output: nil)
            }
            return
        }
        let renderer = Renderer(limits: render.limits, qualities: render.quality)
        for (index, recipe) in render.outputs.enumerated() {
            try answer(job, UInt8(index), recipe, of: picture.original, by: renderer, over: link)
        }
    }

    private func answer(
        _ job: JobID, _ index: UInt8, _ recipe: Recipe, of original: borrowing Original,
        by renderer: Renderer, over link: EdgeLink
    ) throws(LinkError) {
        let output: RenderedOutput
        let file: OwnedDescriptor
        do throws(ImagingError) {
            let image = try renderer.render(original, recipe)
            output = RenderedOutput(
                index: index, width: UInt32(image.size.width), height: UInt32(image.size.height),
                format: image.format, byteCount: UInt64(image.byteCount),
                timings: RenderedOutput.Timings(
                    decode: Self.microseconds(image.work.decode),
                    resize: Self.microseconds(image.work.arrange),
                    encode: Self.microseconds(image.work.encode)))
            file = try Self.file(holding: image)
        } catch {
            let refusal = Refusal(error.reason, output: index, detail: error.detail)
            return try link.send(.refused(job, refusal), output: nil)
        }
        try link.send(.rendered(job, output), output: file.rawValue)
    }

    private static func file(
        holding image: borrowing EncodedImage
    ) throws(ImagingError) -> OwnedDescriptor {
        do throws(SystemError) {
            return try image.withBytes { bytes throws(SystemError) in
                try SealedMemory.file(holding: bytes)
            }
        } catch {
            throw ImagingError(.outOfMemory, "\(error)")
        }
    }

    private static func microseconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: duration.components.attoseconds / 1_000_000_000_000)
            + UInt32(clamping: duration.components.seconds * 1_000_000)
    }
}

/// An original and the map it reads from.
private struct MappedOriginal: ~Copyable {
    let original: Original
    private let map: DescriptorMap

    init(_ input: borrowing OwnedDescriptor, limits: JobLimits) throws(ImagingError) {
        let mapped = try Self.map(input)
        original = try unsafe Original(mapped.bytes, limits: limits)
        map = mapped
    }

    private static func map(
        _ input: borrowing OwnedDescriptor
    ) throws(ImagingError) -> DescriptorMap {
        do throws(SystemError) {
            return try DescriptorMap(of: input)
        } catch {
            throw ImagingError(.internalFailure, "\(error)")
        }
    }
}
