internal import CVipsShim
internal import Rendition
internal import WorkerLink

/// Qualities tried until one is found: by halving, a bounded number of times, and in the same order
/// whenever the same picture comes. `quality=auto` and `maxbytes` are made of it.
struct QualitySearch {
    /// 63 qualities are told apart by so many halvings, and from 100 downwards 1 is reached.
    static let most = 6
    /// Mean SSIM of luma that `quality=auto` keeps.
    static let leastSimilarity = 0.97

    private var lowest: Int
    private var highest: Int
    private var triesLeft = Self.most

    init(_ range: ClosedRange<Int>) { (lowest, highest) = (range.lowerBound, range.upperBound) }

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
    /// be at one that makes it small enough. `picture` is in memory.
    static func made(
        of picture: borrowing Picture, size: PixelSize, as format: OutputFormat,
        options: CVipsShim_SaveOptions, for recipe: Recipe, searches: Bool = true
    ) throws(ImagingError) -> EncodedImage {
        let isAutomatic = searches && recipe.quality == Recipe.automaticQuality
        let image: EncodedImage
        if isAutomatic, let range = format.seenQualities,
            let found = try unseen(picture, size: size, as: format, options, range)
        {
            image = found
        } else {
            image = try EncodedImage(picture, size: size, as: format, options: options)
        }
        guard recipe.maxBytes > 0, image.byteCount > Int(recipe.maxBytes) else { return image }
        guard let smaller = try smaller(picture, than: image, as: format, options, recipe)
        else {
            throw ImagingError(
                .overBytes, "No quality makes this rendition fit \(recipe.maxBytes) bytes.")
        }
        return smaller
    }

    /// The smallest one that is like the picture itself; where none is, the best.
    private static func unseen(
        _ picture: borrowing Picture, size: PixelSize, as format: OutputFormat,
        _ given: CVipsShim_SaveOptions, _ range: ClosedRange<Int>
    ) throws(ImagingError) -> EncodedImage? {
        var (search, options) = (QualitySearch(range), given)
        var best: EncodedImage?
        var isLike = false
        while let quality = search.next {
            options.set(quality: quality)
            var image = try EncodedImage(picture, size: size, as: format, options: options)
            image.quality = quality
            let found = try image.decoded().similarity(to: picture)
            let isEnough = found >= QualitySearch.leastSimilarity
            search.tried(wantsMore: !isEnough)
            if isEnough || !isLike { best = consume image }
            isLike = isLike || isEnough
        }
        return best
    }

    /// The best below `image` that has few enough bytes; `nil` where none has.
    private static func smaller(
        _ picture: borrowing Picture, than image: borrowing EncodedImage, as format: OutputFormat,
        _ given: CVipsShim_SaveOptions, _ recipe: Recipe
    ) throws(ImagingError) -> EncodedImage? {
        guard format.seenQualities != nil, image.quality > 1 else { return nil }
        var search = QualitySearch(1...Int(image.quality) - 1)
        var options = given
        var best: EncodedImage?
        while let quality = search.next {
            options.set(quality: quality)
            let image = try EncodedImage(
                picture, size: image.size, as: format, options: options)
            let fits = image.byteCount <= Int(recipe.maxBytes)
            search.tried(wantsMore: fits)
            if fits { best = consume image }
        }
        return best
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
    /// What is worth trying for `quality=auto`, 63 values; `nil` for a format without loss.
    fileprivate var seenQualities: ClosedRange<Int>? {
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
