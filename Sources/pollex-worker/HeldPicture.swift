import Imaging
import Rendition
import WorkerLink

/// What was decoded last, for further sizes of the same original.
struct HeldPicture {
    private var input = JobInput()
    private var picture: DecodedOriginal?

    /// Whether all outputs are made of just these pixels.
    func serves(_ render: RenderJob, by renderer: Renderer) -> Bool {
        guard let picture, input.hasPixels(of: render.input) else { return false }
        return render.outputs.allSatisfy { picture.suffices(for: $0, by: renderer) }
    }

    /// Frees its memory, before the next one takes its own.
    mutating func letGo() { self = HeldPicture() }

    mutating func letGo(unlessOf other: JobInput) { if !input.hasPixels(of: other) { letGo() } }

    /// Decodes for a recipe and all that want the same pixels; holds nothing where none can share.
    mutating func decode(
        _ original: borrowing Original, of input: JobInput, for recipe: Recipe,
        by renderer: Renderer
    ) throws(ImagingError) {
        letGo()
        picture = try DecodedOriginal(original, of: input, for: recipe, by: renderer)
        self.input = input
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
