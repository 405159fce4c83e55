internal import Glibc

// pHash, bit for bit in the order of Python's `imagehash.phash`: brightness on 32 × 32 squares, its
// cosine transform, and of the 8 × 8 lowest frequencies which are above their median.
extension Miniature {
    private static let side = 32
    private static let frequencies = 8
    /// Type II, unnormalised.
    private static let cosines = (0..<frequencies).map { frequency in
        (0..<side).map { place in
            cos(Double.pi * Double(frequency) * (Double(place) + 0.5) / Double(side))
        }
    }

    var perceptualHash: UInt64 {
        let squares = brightness
        let sides = 0..<Self.side
        // Along the columns, then along the rows.
        let tall = Self.cosines.map { wave in
            sides.map { x in
                sides.reduce(0) { $0 + wave[$1] * squares[$1 * Self.side + x] }
            }
        }
        let terms = tall.flatMap { row in
            Self.cosines.map { wave in
                let term = sides.reduce(0) { $0 + wave[$1] * row[$1] }
                // A plain picture has none: what is left of the sums says nothing.
                return abs(term) < 1e-6 ? 0 : term
            }
        }
        let sorted = terms.sorted()
        let median = (sorted[terms.count / 2 - 1] + sorted[terms.count / 2]) / 2
        return terms.reduce(0) { $0 << 1 | ($1 > median ? 1 : 0) }
    }

    /// Of 32 × 32 squares, 0…255, on white: the mean of the pixels that each covers, by the part of
    /// them that it covers.
    private var brightness: [Double] {
        let across = Self.coverage(of: width)
        let down = Self.coverage(of: height)
        let grey = pixels.map { pixel in
            let light =
                0.299 * Double(pixel.x) + 0.587 * Double(pixel.y) + 0.114 * Double(pixel.z)
            let alpha = Double(pixel.w) / 255
            return light * alpha + 255 * (1 - alpha)
        }
        return down.flatMap { rows in
            across.map { columns in
                rows.reduce(0) { sum, row in
                    let start = row.index * width
                    return sum + row.weight
                        * columns.reduce(0) { $0 + $1.weight * grey[start + $1.index] }
                }
            }
        }
    }

    /// Which of `count` pixels lie in each of the 32 parts of a side; their weights are 1 together.
    private static func coverage(of count: Int) -> [[(index: Int, weight: Double)]] {
        let length = Double(count) / Double(side)
        return (0..<side).map { part in
            let (start, end) = (Double(part) * length, Double(part + 1) * length)
            let last = min(count - 1, Int(end))
            return (min(Int(start), last)...last).compactMap { index in
                let overlap = min(end, Double(index + 1)) - max(start, Double(index))
                return overlap > 0 ? (index, overlap / length) : nil
            }
        }
    }
}
