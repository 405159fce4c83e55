import Imaging
import Rendition
import WorkerLink

/// What was decoded last, for further sizes of the same original.
struct HeldPicture {
    private var input = JobInput()
    private var picture: DecodedOriginal?

    /// Whether all outputs can be made of it without a loss that shows. Pixels of a master serve
    /// only those who would have got the master.
    func serves(_ render: RenderJob, by renderer: Renderer) -> Bool {
        guard let picture, let original = render.input.original, original == input.original,
            input.masterOf == nil || render.input.masterOf != nil
        else { return false }
        return render.outputs.allSatisfy { picture.suffices(for: $0, by: renderer) }
    }

    /// Frees its memory, before the next one takes its own.
    mutating func letGo() { self = HeldPicture() }

    /// Decodes once for all outputs that can share it; holds nothing where none can.
    mutating func decode(
        _ original: borrowing Original, for render: RenderJob, by renderer: Renderer
    ) throws(ImagingError) {
        letGo()
        picture = try DecodedOriginal(
            original, of: render.input, for: render.outputs, by: renderer)
        input = render.input
    }

    /// `nil` when the recipe has to look at the original itself.
    func source(for recipe: Recipe, by renderer: Renderer) -> DecodedOriginal? {
        guard let picture, picture.suffices(for: recipe, by: renderer) else { return nil }
        return picture
    }

    /// How long the last decoding took; `nil` when nothing is held.
    var decoding: Duration? { picture?.duration }

    var isMaster: Bool { input.masterOf != nil }
}
