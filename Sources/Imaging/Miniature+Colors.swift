extension Miniature {
    /// The mean of the colours around the most frequent one; `nil` where nothing is opaque.
    ///
    /// Counted in boxes of 16 × 16 × 16 colours, each with its neighbours, so that a colour on the
    /// border of two boxes is not split; a pixel counts by its alpha.
    var dominantColor: UInt32? {
        var boxes = [SIMD4<Double>](repeating: .zero, count: 1 << 12)
        for pixel in pixels where pixel.w > 0 {
            let weight = Double(pixel.w)
            let color = SIMD4(Double(pixel.x), Double(pixel.y), Double(pixel.z), 1)
            boxes[Self.box(pixel.x >> 4, pixel.y >> 4, pixel.z >> 4)] += weight * color
        }
        var best = SIMD4<Double>.zero
        for index in boxes.indices where boxes[index].w > 0 {
            let sum = Self.sumAround(index, boxes)
            if sum.w > best.w { best = sum }
        }
        guard best.w > 0 else { return nil }
        let mean = (best / best.w).rounded(.toNearestOrAwayFromZero)
        return UInt32(mean.x) << 16 | UInt32(mean.y) << 8 | UInt32(mean.z)
    }

    private static func box(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
        Int(red) << 8 | Int(green) << 4 | Int(blue)
    }

    private static func sumAround(_ index: Int, _ boxes: [SIMD4<Double>]) -> SIMD4<Double> {
        func near(_ side: Int) -> ClosedRange<Int> { max(0, side - 1)...min(15, side + 1) }
        var sum = SIMD4<Double>.zero
        for red in near(index >> 8) {
            for green in near(index >> 4 & 15) {
                for blue in near(index & 15) { sum += boxes[red << 8 | green << 4 | blue] }
            }
        }
        return sum
    }
}
