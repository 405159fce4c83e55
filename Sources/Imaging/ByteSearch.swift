internal import CVipsShim
internal import Rendition
internal import WorkerLink

/// `maxbytes`: a quality, up to the options', at which the file is small enough. The rows of a
/// sample tell how large the picture will be, so that it is itself encoded three times at most
/// where it is much too large; the third time at quality 1 if nothing was small enough by then.
struct ByteSearch {
    let format: OutputFormat
    let size: PixelSize
    let most: Int
    let options: CVipsShim_SaveOptions

    /// Of what is expected, that the guess may be a little off.
    private static let share = 0.97

    /// `nil` where none is small enough.
    func image(of picture: borrowing Picture, isFilm: Bool) throws(ImagingError) -> EncodedImage? {
        guard format.seenQualities != nil, quality > 1 else {
            let whole = try encoded(picture, size, at: quality)
            guard whole.byteCount <= most else { return nil }
            return whole
        }
        // Of a film the rows are no sample.
        guard !isFilm else {
            let whole = try encoded(picture, size, at: quality)
            if whole.byteCount <= most { return whole }
            return try image(
                of: picture, by: Curve(quality: Int(quality), count: whole.byteCount),
                wholeCount: whole.byteCount)
        }
        let sample = try picture.sampled()
        let base = try encoded(sample, sample.size, at: quality).byteCount
        var wholeCount = base * picture.height / max(1, sample.height)
        if wholeCount <= most * 5 / 4 {
            let whole = try encoded(picture, size, at: quality)
            if whole.byteCount <= most { return whole }
            wholeCount = whole.byteCount
        }
        var curve = Curve(quality: Int(quality), count: base)
        let wanted = base * most / max(1, wholeCount)
        var search = QualitySearch(1...Int(quality) - 1, tries: 3)
        while let quality = search.next {
            let count = try encoded(sample, sample.size, at: quality).byteCount
            curve.add(quality: Int(quality), count: count)
            search.tried(wantsMore: count <= wanted)
        }
        return try image(of: picture, by: curve, wholeCount: wholeCount)
    }

    /// - Parameter wholeCount: what the picture has, or may have, at the highest quality of the
    /// curve.
    private func image(
        of picture: borrowing Picture, by curve: Curve, wholeCount: Int
    ) throws(ImagingError) -> EncodedImage? {
        // In bytes of the curve.
        var aim = Double(curve.highestCount) * Double(most) * Self.share / Double(wholeCount)
        var best: EncodedImage?
        var fitting = (quality: 0, count: 0)
        var excessive: (quality: Int, count: Int)?
        var guess = min(curve.quality(of: aim), Int(quality) - 1)
        for round in 1...3 {
            let tried = try encoded(picture, size, at: UInt8(guess))
            let count = tried.byteCount
            if count <= most {
                best = consume tried
                fitting = (guess, count)
                if count >= most * 9 / 10 { break }
            } else {
                excessive = (guess, count)
            }
            let (least, highest) = (fitting.quality + 1, (excessive?.quality ?? Int(quality)) - 1)
            guard least <= highest else { break }
            if fitting.quality > 0, let excessive {
                let share =
                    (Double(most) * Self.share - Double(fitting.count))
                    / Double(excessive.count - fitting.count)
                guess = fitting.quality + Int(Double(highest + 1 - fitting.quality) * share)
            } else if round == 2, fitting.quality == 0 {
                guess = 1
            } else {
                // The picture has so much more or less than its sample promised, and will again.
                aim *= Double(most) * Self.share / Double(count)
                guess = curve.quality(of: aim)
            }
            guess = min(max(guess, least), highest)
        }
        return best
    }

    /// How many bytes qualities have, by some that were tried; on straight lines between them.
    private struct Curve {
        private var points: [(quality: Int, count: Int)]

        init(quality: Int, count: Int) { points = [(1, 0), (quality, count)] }

        var highestCount: Int { points[points.count - 1].count }

        mutating func add(quality: Int, count: Int) {
            let place = points.firstIndex { $0.quality >= quality } ?? points.count
            if points[place].quality == quality {
                points[place].count = count
            } else {
                points.insert((quality, count), at: place)
            }
        }

        /// The highest that has no more.
        func quality(of count: Double) -> Int {
            guard let above = points.firstIndex(where: { Double($0.count) > count }), above > 0
            else { return points[points.count - 1].quality }
            let (low, high) = (points[above - 1], points[above])
            let share = (count - Double(low.count)) / Double(high.count - low.count)
            return max(1, low.quality + Int(Double(high.quality - low.quality) * max(0, share)))
        }
    }

    private var quality: UInt8 { UInt8(clamping: options.quality) }

    private func encoded(
        _ picture: borrowing Picture, _ size: PixelSize, at quality: UInt8
    ) throws(ImagingError) -> EncodedImage {
        var options = options
        options.set(quality: quality)
        return try EncodedImage(picture, size: size, as: format, options: options)
    }
}
