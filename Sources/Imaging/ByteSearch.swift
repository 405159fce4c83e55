internal import CVipsShim
internal import Rendition
internal import WorkerLink

/// `maxbytes`: a quality, up to the options', at which the file is small enough. The rows of a
/// sample tell how sizes fall with the quality, so that the picture itself is encoded only a few
/// times.
struct ByteSearch {
    let format: OutputFormat
    let size: PixelSize
    let most: Int
    let options: CVipsShim_SaveOptions

    /// Of what is expected, that the guess may be a little off.
    private static let share = 0.97

    /// `nil` where none is small enough.
    func image(of picture: borrowing Picture, isFilm: Bool) throws(ImagingError) -> EncodedImage? {
        let whole = try encoded(picture, size, at: quality)
        if whole.byteCount <= most { return whole }
        guard format.seenQualities != nil, quality > 1 else { return nil }
        let wanted = Double(most) / Double(whole.byteCount) * Self.share
        let guess = try isFilm ? max(1, Int(Double(quality) * wanted)) : found(picture, wanted)
        let first = try encoded(picture, size, at: UInt8(guess))
        let fits = first.byteCount <= most
        if fits, first.byteCount >= most * 9 / 10 || guess + 1 >= Int(quality) { return first }
        guard fits || guess > 1 else { return nil }
        let next =
            fits
            ? between(guess, first.byteCount, Int(quality), whole.byteCount)
            : between(1, 0, guess, first.byteCount)
        let second = try encoded(picture, size, at: UInt8(next))
        if second.byteCount <= most { return second }
        if fits { return first }
        guard next > 1 else { return nil }
        let least = try encoded(picture, size, at: 1)
        guard least.byteCount <= most else { return nil }
        return least
    }

    /// Where a straight line between two qualities, the higher of which is too large, has the bytes
    /// that there may be: sizes grow faster the higher the quality, so they lie below it.
    private func between(_ low: Int, _ lowCount: Int, _ high: Int, _ highCount: Int) -> Int {
        let share = Double(most - lowCount) / Double(max(1, highCount - lowCount)) * Self.share
        return low + Int(Double(high - low) * share)
    }

    private var quality: UInt8 { UInt8(clamping: options.quality) }

    /// The best at which the sample has no more than the wanted share of what it has at the
    /// options'.
    private func found(
        _ picture: borrowing Picture, _ wanted: Double
    ) throws(ImagingError) -> Int {
        let sample = try picture.sampled()
        let base = try encoded(sample, sample.size, at: quality).byteCount
        var search = QualitySearch(1...Int(quality) - 1, tries: 4)
        var best = 1
        while let quality = search.next {
            let count = try encoded(sample, sample.size, at: quality).byteCount
            let fits = Double(count) <= wanted * Double(base)
            search.tried(wantsMore: fits)
            if fits { best = Int(quality) }
        }
        return best
    }

    private func encoded(
        _ picture: borrowing Picture, _ size: PixelSize, at quality: UInt8
    ) throws(ImagingError) -> EncodedImage {
        var options = options
        options.set(quality: quality)
        return try EncodedImage(picture, size: size, as: format, options: options)
    }
}
