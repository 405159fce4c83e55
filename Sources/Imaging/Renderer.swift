internal import CVipsShim
package import Rendition
package import WorkerLink

/// Makes renditions of one original.
///
/// The order is that of `Recipe`; where the result is the same, work moves to where there are
/// fewest pixels: the decoder shrinks, profiles are applied and the picture is turned after the
/// resize, and alpha that the format can not carry is laid on the background before it, so that
/// three channels of bytes are resized and not four of floats.
package struct Renderer {
    package let limits: JobLimits
    package let style: Style
    /// For the recipes that have a watermark.
    package var overlay: DecodedOverlay?

    package init(limits: JobLimits, style: Style) {
        (self.limits, self.style) = (limits, style)
    }

    package func render(
        _ original: borrowing Original, _ recipe: Recipe
    ) throws(ImagingError) -> EncodedImage {
        if recipe.animated, original.facts.frames > 1,
            let format = recipe.format.animatedFormat, original.facts.type.isAnimatable
        {
            return try renderAnimation(original, recipe, as: format)
        }
        let clock = ContinuousClock()
        let begun = clock.now
        let scaled = try scale(original, recipe)
        let decoded = clock.now
        let picture = try arrange(scaled, recipe)
        let arranged = clock.now
        var image = try encode(picture, recipe)
        image.work = Work(
            decode: decoded - begun, arrange: arranged - decoded, encode: clock.now - arranged)
        return image
    }

    private func scale(
        _ original: borrowing Original, _ recipe: Recipe
    ) throws(ImagingError) -> Scaled {
        if recipe.trim > 0 { return try scaleTrimmed(original, recipe) }
        let turn = Turn(exifOrientation: original.facts.orientation)
        let geometry = try geometry(of: recipe, source: turn.undone(original.stored))
        let whole = turn.followed(by: recipe.rotation, recipe.flip)
        let decoding = Decoding(
            of: original.facts.type, pixels: original.stored, for: whole.undone(geometry.resized),
            linear: style.isLinear)
        let source = try original.load(decoding).keepingDisplayP3(style.keepsDisplayP3)
        let span = decoding.span(of: original.stored, decoded: source)
        return try Scaled(source, spanning: span, whole, geometry, recipe, style)
    }

    /// The border is looked for on the whole picture the right way up, of a large one as the
    /// decoder shrinks it; where what is left has too few pixels then, once more on all of them.
    private func scaleTrimmed(
        _ original: borrowing Original, _ recipe: Recipe, whole: Bool = false
    ) throws(ImagingError) -> Scaled {
        let decoding =
            whole
            ? Decoding()
            : Decoding(
                ofBordersOf: original.facts.type, pixels: original.stored, linear: style.isLinear)
        let upright = Turn(exifOrientation: original.facts.orientation)
        var picture = try original.load(decoding).keepingDisplayP3(style.keepsDisplayP3)
            .readied(for: recipe).inMemory()
        if !upright.isIdentity { picture = try picture.laid(upright).inMemory() }
        let rest = try rest(of: picture, displayedAt: upright.undone(original.stored), recipe)
        if decoding.isReduced, !rest.isEnough {
            return try scaleTrimmed(original, recipe, whole: true)
        }
        return try rest.scaled(isMean: decoding.isReduced, recipe, style)
    }

    /// The same of a master, which is the right way up. Where it has too few pixels of what is left
    /// the original has to be looked at.
    func scaleTrimmed(
        _ master: DecodedOriginal, _ recipe: Recipe
    ) throws(ImagingError) -> Scaled {
        let picture = try master.picture.readied(for: recipe).inMemory()
        let rest = try rest(of: picture, displayedAt: master.stored, recipe)
        let plan = MasterPlan(
            restOf: rest.picture.size, isLossless: master.facts.type != .jpeg)
        guard plan.serves(recipe, resized: rest.geometry.resized, quality: style.quality)
        else { throw ImagingError(.tooCoarse, "too little of the master is left") }
        return try rest.scaled(isMean: false, recipe, style)
    }

    /// - Parameter whole: how large the original is displayed, which all sizes come from.
    private func rest(
        of upright: borrowing Picture, displayedAt whole: PixelSize, _ recipe: Recipe
    ) throws(ImagingError) -> Rest {
        var picture = upright.unchanged()
        if let box = try upright.boxWithoutBorder(threshold: recipe.trim) {
            picture = try upright.cropped(x: box.x, y: box.y, to: box.size)
        }
        func displayed(_ side: Int, of decoded: Int, at whole: Int) -> Int {
            max(1, (2 * side * whole + decoded) / (2 * decoded))
        }
        let size = PixelSize(
            width: displayed(picture.width, of: upright.width, at: whole.width),
            height: displayed(picture.height, of: upright.height, at: whole.height))
        return Rest(
            picture: picture, turn: Turn().followed(by: recipe.rotation, recipe.flip),
            geometry: try geometry(of: recipe, source: size))
    }

    func geometry(of recipe: Recipe, source: PixelSize) throws(ImagingError) -> Geometry {
        let geometry = recipe.outputSize(source: source, limits: limits.output)
        let final = geometry.final
        if max(geometry.resized.pixels, final.pixels) > limits.output.pixels
            || max(final.width, final.height) > OutputLimits.encoderSide
        {
            // Before it is cropped or padded it may be larger than what comes out.
            let size = geometry.resized.pixels > final.pixels ? geometry.resized : final
            throw ImagingError(.overOutput, "\(size.width) x \(size.height) pixels")
        }
        return geometry
    }

    /// Where the crop begins, if it is the picture itself that decides.
    func placeOfInterest(
        in scaled: borrowing Scaled, _ recipe: Recipe
    ) throws(ImagingError) -> (x: Int, y: Int)? {
        guard case .crop = scaled.geometry.placement, recipe.gravity.anchor == nil
        else { return nil }
        return try scaled.picture.laid(scaled.turn).inMemory().placeOfInterest(
            of: scaled.geometry.final, byEntropy: recipe.gravity == .entropy)
    }

    /// Turned, cropped, softened, padded; in memory.
    func arrange(
        _ scaled: borrowing Scaled, _ recipe: Recipe
    ) throws(ImagingError) -> Picture {
        var picture = scaled.picture.unchanged()
        let geometry = scaled.geometry
        if !scaled.turn.isIdentity { picture = try picture.laid(scaled.turn) }
        if case .crop(let x, let y) = geometry.placement {
            let place = try placeOfInterest(in: scaled, recipe) ?? (x, y)
            picture = try picture.cropped(x: place.x, y: place.y, to: geometry.final)
        }
        if recipe.blurHundredths > 0 {
            picture = try picture.blurred(sigma: Double(recipe.blurHundredths) / 100)
        }
        if recipe.sharpenHundredths > 0 {
            picture = try picture.sharpened(sigma: Double(recipe.sharpenHundredths) / 100)
        }
        if case .pad(let x, let y) = geometry.placement {
            picture = try picture.readied(toCarry: recipe.backgroundColor, for: recipe)
                .padded(x: x, y: y, to: geometry.final, with: recipe.backgroundColor)
        }
        if recipe.watermark != 0 {
            guard let overlay else { throw ImagingError(.internalFailure, "no watermark") }
            picture = try overlay.laid(on: picture)
        }
        return try picture.inMemory()
    }
}

/// What is left of a picture without its border: in memory, 8 bits a channel, the right way up.
private struct Rest: ~Copyable {
    let picture: Picture
    let turn: Turn
    let geometry: Geometry

    /// Whether nothing would be enlarged.
    var isEnough: Bool {
        let target = turn.undone(geometry.resized)
        return target.width <= picture.width && target.height <= picture.height
    }

    func scaled(isMean: Bool, _ recipe: Recipe, _ style: Style) throws(ImagingError) -> Scaled {
        var span = picture.span
        span.isMean = isMean
        return try Scaled(picture, spanning: span, turn, geometry, recipe, style)
    }
}

/// A picture at the size that its recipe scales it to: 8 bits a channel, in memory, still lying as
/// stored.
struct Scaled: ~Copyable {
    let picture: Picture
    let turn: Turn
    var geometry: Geometry

    /// `source` is the original in stored orientation, at whatever size it was decoded; `span` is
    /// that size before the decoder rounded it.
    init(
        _ source: borrowing Picture, spanning span: CVipsShim_Span, _ turn: Turn,
        _ geometry: Geometry, _ recipe: Recipe, _ style: Style
    ) throws(ImagingError) {
        var picture = try source.readied(for: recipe, atOnce: style.isLinear)
        let target = turn.undone(geometry.resized)
        if target != PixelSize(width: picture.width, height: picture.height) {
            let (hasAlpha, isGrey) = (picture.hasAlpha, picture.isGrey)
            if style.isLinear { picture = try picture.linearized() }
            if hasAlpha { picture = try picture.premultiplied() }
            picture = try picture.resized(to: target, spanning: span)
            if hasAlpha { picture = try picture.unpremultiplied(toBytes: !style.isLinear) }
            if style.isLinear { picture = try picture.convertedForDisplay(grey: isGrey) }
        }
        if picture.hasForeignProfile { picture = try picture.convertedWhereItCan() }
        self.picture = try picture.inMemory()
        (self.turn, self.geometry) = (turn, geometry)
    }
}
