import Imaging
import LinuxIO
import Rendition
import WorkerLink

/// A master that was missing, made of the whole original as an upload's is: whether it lay in the
/// store or had to be made again, what is rendered from it is the same.
struct MadeMaster: ~Copyable {
    private let image: EncodedImage

    static func made(
        of original: borrowing Original, by renderer: Renderer, over link: EdgeLink
    ) throws(ImagingError) -> MadeMaster {
        let proof = try renderer.prove(original, making: MasterPlan(of: original.facts))
        guard let image = proof.takeMaster()
        else { throw ImagingError(.internalFailure, "nothing to make a master of") }
        try image.place(over: link)
        return MadeMaster(image: image)
    }

    /// Its pixels are decoded whole, and serve all outputs.
    borrowing func decode(
        for render: RenderJob, by renderer: Renderer, into held: inout HeldPicture
    ) throws(ImagingError) {
        var limits = render.limits
        limits.inputTypes = [.jpeg, .webp]
        try image.withBytes { bytes throws(ImagingError) in
            try unsafe bytes.withUnsafeBytes { bytes throws(ImagingError) in
                let original = try unsafe Original(bytes, limits: limits)
                try held.decode(
                    original, of: render.input, for: render.outputs[0], by: renderer)
            }
        }
    }

    borrowing func send(_ job: JobID, over link: EdgeLink) throws(LinkError) {
        try link.send(.mastered(job, byteCount: UInt64(image.byteCount)))
    }
}
