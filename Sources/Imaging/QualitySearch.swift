internal import CVipsShim
internal import Rendition
internal import WorkerLink

/// Qualities tried until one is found: by halving, a bounded number of times, and in the same order
/// whenever the same picture comes. `quality=auto` and `maxbytes` are made of it.
///
/// What is tried is an eighth of the picture's rows, or 64, so that all tries together cost less
/// than the picture itself once.
struct QualitySearch {
    private var lowest: Int
    private var highest: Int
    private var triesLeft: Int

    init(_ range: ClosedRange<Int>, tries: Int) {
        (lowest, highest, triesLeft) = (range.lowerBound, range.upperBound, tries)
    }

    /// The next to try; `nil` when it is known, or was looked for long enough.
    var next: UInt8? {
        guard triesLeft > 0, lowest <= highest else { return nil }
        return UInt8((lowest + highest) / 2)
    }

    /// `next` was too low, so that what is wanted lies above it, or it lies below.
    mutating func tried(wantsMore: Bool) {
        let middle = (lowest + highest) / 2
        if wantsMore { lowest = middle + 1 } else { highest = middle - 1 }
        triesLeft -= 1
    }
}

extension EncodedImage {
    /// Encoded as the recipe wants it: at the options' quality, at one that is found, and if need
    /// be at one that makes it small enough. `picture` is in memory; of a film, whose rows are
    /// those of its frames, no quality is looked for automatically.
    static func made(
        of picture: borrowing Picture, size: PixelSize, as format: OutputFormat,
        options given: CVipsShim_SaveOptions, for recipe: Recipe, isFilm: Bool = false
    ) throws(ImagingError) -> EncodedImage {
        var (options, tried) = (given, [Try]())
        if !isFilm, recipe.quality == Recipe.automaticQuality, format.seenQualities != nil {
            options.set(
                quality: try unseenQuality(of: picture.sampled(), as: format, given, &tried))
        }
        guard recipe.maxBytes > 0
        else { return try EncodedImage(picture, size: size, as: format, options: options) }
        let search = ByteSearch(
            format: format, size: size, most: Int(recipe.maxBytes), options: options,
            tried: tried.map { ($0.quality, $0.byteCount) })
        if let found = try search.image(of: picture, isFilm: isFilm) { return found }
        throw ImagingError(
            .overBytes, "No quality makes this rendition fit \(recipe.maxBytes) bytes.")
    }

    /// About the lowest at which it is like the picture itself; where none that was tried is, the
    /// highest.
    private static func unseenQuality(
        of sample: borrowing Picture, as format: OutputFormat, _ given: CVipsShim_SaveOptions,
        _ tried: inout [Try]
    ) throws(ImagingError) -> UInt8 {
        guard let range = format.seenQualities else { return UInt8(clamping: given.quality) }
        var (search, options) = (QualitySearch(range, tries: format.tries), given)
        var (short, enough): (Try?, Try?)
        while let quality = search.next {
            options.set(quality: quality)
            let image = try EncodedImage(
                sample, size: sample.size, as: format, options: options)
            let similarity = try image.decoded().similarity(to: sample)
            let isEnough = similarity >= format.leastSimilarity
            search.tried(wantsMore: !isEnough)
            let one = Try(
                quality: quality, similarity: similarity, byteCount: image.byteCount)
            tried.append(one)
            if isEnough { enough = one } else { short = one }
        }
        guard let enough else { return UInt8(range.upperBound) }
        return short?.quality(with: format.leastSimilarity, below: enough) ?? enough.quality
    }

    private struct Try {
        let quality: UInt8
        let similarity: Double
        let byteCount: Int

        /// Between this one, which has less, and another one, which has as much or more: on a
        /// straight line.
        func quality(with wanted: Double, below other: Try) -> UInt8 {
            let share = (wanted - similarity) / (other.similarity - similarity)
            let steps = (Double(other.quality - quality) * share).rounded(.up)
            return quality + min(UInt8(max(1, steps)), other.quality - quality)
        }
    }

    /// As a client will see it; 8 bits a channel, in memory.
    private borrowing func decoded() throws(ImagingError) -> Picture {
        let type = format.imageType
        return try withBytes { bytes throws(ImagingError) in
            try unsafe bytes.withUnsafeBytes { bytes throws(ImagingError) in
                let picture = try unsafe Picture.decoded(bytes, type)
                return try picture.isOfBytes
                    ? picture.inMemory()
                    : picture.convertedForDisplay(grey: picture.isGrey).inMemory()
            }
        }
    }
}

extension OutputFormat {
    /// Mean SSIM of luma that `quality=auto` keeps. It takes what one encoder does to a picture for
    /// worse than what another does, more than who looks at it: these are alike to the eye.
    fileprivate var leastSimilarity: Double {
        switch self {
        case .jpeg: 0.963
        case .jxl: 0.955
        case .webp, .avif, .png, .gif: 0.97
        }
    }

    /// Three tell in which eighth of the qualities the wanted one lies; libjxl takes for each about
    /// half of what it takes for the whole picture.
    var tries: Int { self == .jxl ? 2 : 3 }

    /// What is worth trying for `quality=auto`, 63 values; `nil` for a format without loss.
    var seenQualities: ClosedRange<Int>? {
        switch self {
        case .jpeg, .webp, .jxl: 30...92
        case .avif: 20...82
        case .png, .gif: nil
        }
    }

    fileprivate var imageType: ImageType {
        switch self {
        case .jpeg: .jpeg
        case .png: .png
        case .webp: .webp
        case .avif: .avif
        case .jxl: .jxl
        case .gif: .gif
        }
    }
}
