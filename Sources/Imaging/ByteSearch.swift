internal import CVipsShim
internal import Rendition
internal import WorkerLink

/// `maxbytes`: a quality, up to the options', at which the file is small enough. The rows of a
/// sample tell how large the picture will be, so that it is itself encoded twice at most where it
/// is much too large, and if neither was small enough once more, at quality 1.
struct ByteSearch {
    let format: OutputFormat
    let size: PixelSize
    let most: Int
    let options: CVipsShim_SaveOptions
    /// What the sample has at qualities that were tried before.
    let tried: [(quality: UInt8, count: Int)]

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
                wholeCount: whole.byteCount, isKnown: true)
        }
        let sample = try picture.sampled()
        func count(at quality: UInt8) throws(ImagingError) -> Int {
            try encoded(sample, sample.size, at: quality).byteCount
        }
        let base = try count(at: quality)
        var wholeCount = base * picture.height / max(1, sample.height)
        let mayFit = wholeCount <= most * 5 / 4
        if mayFit {
            let whole = try encoded(picture, size, at: quality)
            if whole.byteCount <= most { return whole }
            wholeCount = whole.byteCount
        }
        var curve = Curve(quality: Int(quality), count: base)
        for (quality, count) in tried where quality < self.quality {
            curve.add(quality: Int(quality), count: count)
        }
        let wanted = base * most / max(1, wholeCount)
        let tries = tried.isEmpty ? format.tries : 1
        var search = QualitySearch(curve.qualities(around: wanted), tries: tries)
        while let quality = search.next {
            let count = try count(at: quality)
            curve.add(quality: Int(quality), count: count)
            search.tried(wantsMore: count <= wanted)
        }
        return try image(of: picture, by: curve, wholeCount: wholeCount, isKnown: mayFit)
    }

    /// - Parameter wholeCount: what the picture has, or may have, at the highest quality of the
    /// curve; `isKnown`: it was encoded once, and has too many.
    private func image(
        of picture: borrowing Picture, by curve: Curve, wholeCount: Int, isKnown: Bool
    ) throws(ImagingError) -> EncodedImage? {
        // In bytes of the curve.
        var aim = Double(curve.highestCount) * Double(most) * Self.share / Double(wholeCount)
        var best: EncodedImage?
        var fitting = (quality: 0, count: 0)
        var excessive = isKnown ? (quality: Int(quality), count: wholeCount) : nil
        var guess = min(curve.quality(of: aim), Int(quality) - (isKnown ? 1 : 0))
        for round in (isKnown ? 2 : 1)...3 {
            let tried = try encoded(picture, size, at: UInt8(guess))
            let count = tried.byteCount
            if count <= most {
                best = consume tried
                fitting = (guess, count)
                if round > 1 || count >= most * 9 / 10 { break }
            } else {
                excessive = (guess, count)
            }
            let least = fitting.quality + 1
            let highest = (excessive?.quality ?? Int(quality) + 1) - 1
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

        /// Between which the one with so many bytes lies.
        func qualities(around count: Int) -> ClosedRange<Int> {
            let above = points.firstIndex { $0.count > count } ?? points.count - 1
            let least = points[max(0, above - 1)].quality
            return least...max(least, points[above].quality - 1)
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
