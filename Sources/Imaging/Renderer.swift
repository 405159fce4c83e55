internal import CVipsShim
package import Rendition
package import WorkerLink

/// Makes renditions of one original.
///
/// The order is that of `Recipe`; where the result is the same, work moves to where there are fewest
/// pixels: the decoder shrinks, profiles are applied and the picture is turned after the resize, and
/// alpha that the format can not carry is laid on the background before it, so that three channels of
/// bytes are resized and not four of floats.
package struct Renderer {
    package let limits: JobLimits
    package let qualities: QualityDefaults

    package init(limits: JobLimits, qualities: QualityDefaults) {
        (self.limits, self.qualities) = (limits, qualities)
    }

    package func render(
        _ original: borrowing Original, _ recipe: Recipe
    ) throws(ImagingError) -> EncodedImage {
        if recipe.animated, original.facts.frames > 1,
            let format = recipe.format.animatedFormat, original.facts.type.isAnimatable
        {
            return try renderAnimation(original, recipe, as: format)
        }
        let picture = try makePicture(original, recipe)
        return try encode(picture, recipe)
    }

    private func makePicture(
        _ original: borrowing Original, _ recipe: Recipe
    ) throws(ImagingError) -> Picture {
        if recipe.trim > 0 { return try makeTrimmed(original, recipe) }
        let displayed = PixelSize(
            width: Int(original.facts.width), height: Int(original.facts.height))
        let geometry = try geometry(of: recipe, source: displayed)
        let turn = Turn(exifOrientation: original.facts.orientation)
            .followed(by: recipe.rotation, recipe.flip)
        let decoding = original.decoding(for: turn.undone(geometry.resized))
        let source = try original.load(decoding)
        return try finish(source, turn, geometry, recipe)
    }

    /// The border is looked for on the whole picture the right way up, so nothing is saved.
    private func makeTrimmed(
        _ original: borrowing Original, _ recipe: Recipe
    ) throws(ImagingError) -> Picture {
        var picture = try original.load(Decoding()).readied(for: recipe).inMemory()
        let upright = Turn(exifOrientation: original.facts.orientation)
        if !upright.isIdentity { picture = try picture.laid(upright).inMemory() }
        if let box = try picture.boxWithoutBorder(threshold: recipe.trim) {
            picture = try picture.cropped(x: box.x, y: box.y, to: box.size)
        }
        let size = PixelSize(width: picture.width, height: picture.height)
        let turn = Turn().followed(by: recipe.rotation, recipe.flip)
        return try finish(picture, turn, geometry(of: recipe, source: size), recipe)
    }

    func geometry(of recipe: Recipe, source: PixelSize) throws(ImagingError) -> Geometry {
        let geometry = recipe.outputSize(source: source, limits: limits.output)
        for size in [geometry.resized, geometry.final] {
            if max(size.width, size.height) > OutputLimits.encoderSide
                || size.pixels > limits.output.pixels
            {
                throw ImagingError(.overOutput, "\(size.width) x \(size.height) pixels")
            }
        }
        return geometry
    }

    /// From stored pixels, of whatever size, to those of the rendition: 8 bits, in memory.
    func finish(
        _ source: borrowing Picture, _ turn: Turn, _ geometry: Geometry, _ recipe: Recipe
    ) throws(ImagingError) -> Picture {
        var picture = try source.readied(for: recipe)
        let hasAlpha = picture.hasAlpha
        let target = turn.undone(geometry.resized)
        if target != PixelSize(width: picture.width, height: picture.height) {
            if hasAlpha { picture = try picture.premultiplied() }
            picture = try picture.resized(to: target)
            if hasAlpha { picture = try picture.unpremultiplied() }
        }
        if picture.hasForeignProfile { picture = try picture.convertedWhereItCan() }
        picture = try picture.inMemory()
        if !turn.isIdentity { picture = try picture.laid(turn) }
        return try placed(picture, geometry, recipe)
    }

    private func placed(
        _ source: consuming Picture, _ geometry: Geometry, _ recipe: Recipe
    ) throws(ImagingError) -> Picture {
        var picture = source
        if case .crop(let x, let y) = geometry.placement {
            switch recipe.gravity {
            case .attention, .entropy:
                picture = try picture.inMemory().smartlyCropped(
                    to: geometry.final, byEntropy: recipe.gravity == .entropy)
            case .compass, .focalPoint:
                picture = try picture.cropped(x: x, y: y, to: geometry.final)
            }
        }
        if recipe.blurHundredths > 0 {
            picture = try picture.softened(sigma: Double(recipe.blurHundredths) / 100)
        }
        if recipe.sharpenHundredths > 0 {
            picture = try picture.sharpened(sigma: Double(recipe.sharpenHundredths) / 100)
        }
        if case .pad(let x, let y) = geometry.placement {
            picture = try picture.readied(toCarry: recipe.backgroundColor, for: recipe)
                .padded(x: x, y: y, to: geometry.final, with: recipe.backgroundColor)
        }
        return picture
    }
}
