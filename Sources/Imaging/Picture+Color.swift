internal import CVipsShim
internal import Rendition
internal import WorkerLink

/// Colour and alpha, each where it costs least.
extension Picture {
    /// Whether the colours have to go through a profile: one other than plain sRGB is embedded, or
    /// these are inks. A profile that does not fit the picture is ignored, as browsers do.
    var hasForeignProfile: Bool {
        if layout.colour == CInt(CVipsShim_colourCMYK) { return true }
        guard withProfile(else: false, { !ColorProfile.isPlainSRGB($0) }) else { return false }
        return unsafe with { unsafe CVipsShim_profile_fits($0) }
    }

    /// The same pixels with another profile; `nil` is none, where its own is not asked either.
    func with(profile: [UInt8]?, insteadOfOwn: Bool) throws(ImagingError) -> Picture {
        guard let profile else {
            guard insteadOfOwn else { return unchanged() }
            return try unsafe mapped { image, out in
                unsafe CVipsShim_with_profile(image, nil, 0, out)
            }
        }
        return try unsafe mapped { image, out in
            unsafe profile.withUnsafeBytes {
                unsafe CVipsShim_with_profile(image, $0.baseAddress, $0.count, out)
            }
        }
    }

    /// What can be resized: 8 bits of grey or sRGB, or any numbers whose profile is applied later;
    /// without alpha unless the format may keep it.
    func readied(for recipe: Recipe, atOnce: Bool = false) throws(ImagingError) -> Picture {
        var picture: Picture
        if hasForeignProfile {
            // Alpha is laid on a background of sRGB, and trimming compares colours: then at once.
            // And where it costs little: colours mixed before they are converted are others.
            guard atOnce || hasAlpha || recipe.trim > 0 || width * height <= Self.fewPixels
            else { return unchanged() }
            // libvips would cut alpha of 16 bits off at 255 there.
            let isDeep = layout.number != CInt(CVipsShim_unsignedByte)
            picture =
                try hasAlpha && isDeep
                ? convertedForDisplay(grey: isGrey).convertedWhereItCan() : convertedWhereItCan()
        } else {
            picture = isDisplayable ? unchanged() : try convertedForDisplay(grey: isGrey)
        }
        guard picture.hasAlpha, !recipe.format.mayCarryAlpha else { return picture }
        picture = try picture.readied(toCarry: recipe.backgroundColor, for: recipe)
        return try picture.flattened(on: recipe.backgroundColor)
    }

    /// With the channels that `color` needs.
    func readied(toCarry color: Color, for recipe: Recipe) throws(ImagingError) -> Picture {
        let isNeutral = color.red == color.green && color.green == color.blue
        let picture = isGrey && !isNeutral ? try convertedForDisplay(grey: false) : unchanged()
        guard color.alpha < 255, !picture.hasAlpha, recipe.format.mayCarryAlpha
        else { return picture }
        return try picture.withOpaqueAlpha()
    }

    /// The same, and if it is in Display P3 and is to stay so, from here on without a profile that
    /// would be applied.
    func keepingDisplayP3(_ keeps: Bool) throws(ImagingError) -> Picture {
        guard keeps, withProfile(else: false, { ColorProfile.isDisplayP3($0) })
        else { return unchanged() }
        return try unsafe mapped { image, out in unsafe CVipsShim_set_profile_aside(image, out) }
    }

    var isKeptDisplayP3: Bool { integer(CVipsShim_p3, else: 0) == 1 }

    /// Only on a picture that `withoutMetadata` gave.
    func embedDisplayP3() throws(ImagingError) {
        try ImagingError.check(unsafe with { unsafe CVipsShim_embed_p3($0) })
    }

    /// By the colour space alone where lcms finds the profile unusable after all.
    func convertedWhereItCan() throws(ImagingError) -> Picture {
        do throws(ImagingError) {
            return try convertedByProfile()
        } catch {
            return try convertedForDisplay(grey: isGrey)
        }
    }

    /// Through a profile: 5 ms, and 20 of inks.
    private static var fewPixels: Int { 400_000 }

    /// Samples of other kinds than bytes and 16 bits without a sign; not those whose colours
    /// libvips knows in floating point, scRGB and Lab.
    func inWholeNumbers() throws(ImagingError) -> Picture {
        let layout = layout
        let plain = [
            CVipsShim_colourGrey, CVipsShim_colourSRGB, CVipsShim_colourGrey16,
            CVipsShim_colourRGB16,
        ]
        guard layout.number == CInt(CVipsShim_otherNumber), plain.contains(Int(layout.colour))
        else { return unchanged() }
        return try unsafe mapped { image, out in unsafe CVipsShim_to_whole_numbers(image, out) }
    }

    private var isDisplayable: Bool {
        let layout = layout
        return layout.number == CInt(CVipsShim_unsignedByte)
            && (layout.colour == CInt(CVipsShim_colourGrey)
                || layout.colour == CInt(CVipsShim_colourSRGB))
    }
}

extension FormatChoice {
    /// `.fallback` shows alpha as PNG.
    var mayCarryAlpha: Bool {
        switch self {
        case .explicit(let format): format.carriesAlpha
        case .negotiated, .fallback: true
        }
    }
}
