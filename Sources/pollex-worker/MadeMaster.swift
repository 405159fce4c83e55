import Imaging
import LinuxIO
import Rendition
import WorkerLink

/// A master that was missing, made of the whole original as an upload's is: whether it lay in the
/// store or had to be made again, what is rendered from it is the same.
struct MadeMaster: ~Copyable {
    private let image: EncodedImage
    private let file: OwnedDescriptor

    init(of original: borrowing Original, by renderer: Renderer) throws(ImagingError) {
        guard let plan = MasterPlan(of: original.facts),
            let image = try renderer.prove(original, making: plan)
        else { throw ImagingError(.internalFailure, "nothing to make a master of") }
        do throws(SystemError) {
            file = try image.withBytes { bytes throws(SystemError) in
                try SealedMemory.file(holding: bytes)
            }
        } catch {
            throw ImagingError(.outOfMemory, "\(error)")
        }
        self.image = image
    }

    /// Its pixels are decoded whole, and serve all outputs.
    borrowing func decode(
        for render: RenderJob, by renderer: Renderer, into held: inout HeldPicture
    ) throws(ImagingError) {
        var limits = render.limits
        limits.inputTypes = [.jpeg, .webp]
        try image.withBytes { bytes throws(ImagingError) in
            try unsafe bytes.withUnsafeBytes { bytes throws(ImagingError) in
                let master = try unsafe Original(bytes, limits: limits)
                try held.decode(
                    master, of: render.input, for: render.outputs[0], by: renderer)
            }
        }
    }

    borrowing func send(_ job: JobID, over link: EdgeLink) throws(LinkError) {
        try link.send(
            .mastered(job, byteCount: UInt64(image.byteCount)), output: file.rawValue)
    }
}
