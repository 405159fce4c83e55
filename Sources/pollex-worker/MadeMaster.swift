import Imaging
import LinuxIO
import Rendition
import WorkerLink

/// A master that was missing, made of the whole original as an upload's is: whether it lay in the
/// store or had to be made again, what is rendered from it is the same.
struct MadeMaster: ~Copyable {
    private let byteCount: Int
    private let file: OwnedDescriptor

    private init(byteCount: Int, file: consuming OwnedDescriptor) {
        self.byteCount = byteCount
        self.file = file
    }

    static func made(
        of original: borrowing Original, by renderer: Renderer
    ) throws(ImagingError) -> MadeMaster {
        let proof = try renderer.prove(original, making: MasterPlan(of: original.facts))
        switch proof.master {
        case .none: throw ImagingError(.internalFailure, "nothing to make a master of")
        case .some(let image):
            do throws(SystemError) {
                let file = try image.withBytes { bytes throws(SystemError) in
                    try SealedMemory.file(holding: bytes)
                }
                return MadeMaster(byteCount: image.byteCount, file: file)
            } catch {
                throw ImagingError(.outOfMemory, "\(error)")
            }
        }
    }

    /// Its pixels are decoded whole, and serve all outputs.
    borrowing func decode(
        for render: RenderJob, by renderer: Renderer, into held: inout HeldPicture
    ) throws(ImagingError) {
        var limits = render.limits
        limits.inputTypes = [.jpeg, .webp]
        // Mapped as one from the store is.
        let mapped = try MappedOriginal(file, limits: limits)
        try held.decode(
            mapped.original, of: render.input, for: render.outputs[0], by: renderer)
    }

    borrowing func send(_ job: JobID, over link: EdgeLink) throws(LinkError) {
        try link.send(.mastered(job, byteCount: UInt64(byteCount)), output: file.rawValue)
    }
}
