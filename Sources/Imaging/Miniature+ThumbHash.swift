internal import CVipsShim

// ThumbHash (https://evanw.github.io/thumbhash): average and lowest frequencies of brightness, two
// colour differences and alpha, four bits a frequency. The order of the sums is that of the
// published algorithm, so that the last bit comes out alike.
extension Miniature {
    var thumbHash: [UInt8] {
        let planes = Planes(self)
        let hasAlpha = planes.hasAlpha
        let limit = hasAlpha ? 5.0 : 7.0
        let longer = Double(max(width, height))
        let columns = max(1, Self.rounded(limit * Double(width) / longer))
        let rows = max(1, Self.rounded(limit * Double(height) / longer))
        let light = spectrum(of: planes.light, max(3, columns), max(3, rows))
        let yellow = spectrum(of: planes.yellow, 3, 3)
        let red = spectrum(of: planes.red, 3, 3)
        let isLandscape = width > height

        let averages =
            Self.rounded(63 * light.average) | Self.rounded(31.5 + 31.5 * yellow.average) << 6
            | Self.rounded(31.5 + 31.5 * red.average) << 12 | Self.rounded(31 * light.scale) << 18
            | (hasAlpha ? 1 << 23 : 0)
        let scales =
            (isLandscape ? rows : columns) | Self.rounded(63 * yellow.scale) << 3
            | Self.rounded(63 * red.scale) << 9 | (isLandscape ? 1 << 15 : 0)
        var hash = [averages, averages >> 8, averages >> 16, scales, scales >> 8].map {
            UInt8(truncatingIfNeeded: $0)
        }
        var terms = light.terms + yellow.terms + red.terms
        if hasAlpha {
            let alpha = spectrum(of: planes.alpha, 5, 5)
            hash.append(
                UInt8(truncatingIfNeeded: Self.rounded(15 * alpha.average))
                    | UInt8(truncatingIfNeeded: Self.rounded(15 * alpha.scale) << 4))
            terms += alpha.terms
        }
        for (index, term) in terms.enumerated() {
            let nibble = UInt8(truncatingIfNeeded: Self.rounded(15 * term))
            if index % 2 == 0 { hash.append(nibble) } else { hash[hash.count - 1] |= nibble << 4 }
        }
        return hash
    }

    private struct Spectrum {
        var average = 0.0
        /// Of the others, 0…1 about a half.
        var terms: [Double] = []
        var scale = 0.0
    }

    /// The cosine transform's lowest `columns` by `rows` frequencies, above the diagonal.
    private func spectrum(of plane: [Double], _ columns: Int, _ rows: Int) -> Spectrum {
        var sums = [Double](repeating: 0, count: columns * rows)
        unsafe CVipsShim_spectrum(
            plane, CInt(width), CInt(height), CInt(columns), CInt(rows), &sums)
        var spectrum = Spectrum(average: sums[0])
        for row in 0..<rows {
            for column in 0..<columns where column * rows < columns * (rows - row) {
                guard row > 0 || column > 0 else { continue }
                let sum = sums[row * columns + column]
                spectrum.terms.append(sum)
                spectrum.scale = max(spectrum.scale, abs(sum))
            }
        }
        if spectrum.scale > 0 {
            let scale = spectrum.scale
            spectrum.terms = spectrum.terms.map { 0.5 + 0.5 / scale * $0 }
        }
        return spectrum
    }

    /// Halves upwards, as JavaScript's `Math.round`.
    private static func rounded(_ value: Double) -> Int { Int((value + 0.5).rounded(.down)) }

    /// What is seen on the average colour as background.
    private struct Planes {
        var light: [Double] = []
        var yellow: [Double] = []
        var red: [Double] = []
        var alpha: [Double] = []
        let hasAlpha: Bool

        init(_ picture: Miniature) {
            var average = SIMD3<Double>.zero
            var opacity = 0.0
            for pixel in picture.pixels {
                let alpha = Double(pixel.w) / 255
                average += alpha / 255 * Self.color(pixel)
                opacity += alpha
            }
            if opacity > 0 { average /= opacity }
            let count = picture.pixels.count
            hasAlpha = opacity < Double(count)
            light.reserveCapacity(count)
            yellow.reserveCapacity(count)
            red.reserveCapacity(count)
            alpha.reserveCapacity(count)
            for pixel in picture.pixels {
                let alpha = Double(pixel.w) / 255
                let color = average * (1 - alpha) + alpha / 255 * Self.color(pixel)
                light.append((color.x + color.y + color.z) / 3)
                yellow.append((color.x + color.y) / 2 - color.z)
                red.append(color.x - color.y)
                self.alpha.append(alpha)
            }
        }

        private static func color(_ pixel: SIMD4<UInt8>) -> SIMD3<Double> {
            SIMD3(Double(pixel.x), Double(pixel.y), Double(pixel.z))
        }
    }
}
