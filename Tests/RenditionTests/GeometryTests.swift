import Rendition
import TestSupport
import Testing

@Suite struct GeometryTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let source: (Int, Int)
        let box: (UInt16, UInt16)
        let fit: Fit
        var enlarge = false
        let resized: (Int, Int)
        let final: (Int, Int)
        var placement = Geometry.Placement.whole

        var testDescription: String {
            "\(source.0)x\(source.1) \(fit) \(box.0)x\(box.1) enlarge \(enlarge)"
        }
    }

    static let rows: [Row] = [
        // inside: the side that is relatively longer decides; 3000·320/4000 = 240.
        Row(
            source: (4000, 3000), box: (320, 320), fit: .inside, resized: (320, 240),
            final: (320, 240)),
        Row(
            source: (3000, 4000), box: (320, 320), fit: .inside, resized: (240, 320),
            final: (240, 320)),
        // 4000·200/3000 = 266.67.
        Row(
            source: (4000, 3000), box: (320, 200), fit: .inside, resized: (267, 200),
            final: (267, 200)),
        // Half up: 5·10/20 = 2.5.
        Row(source: (20, 5), box: (10, 10), fit: .inside, resized: (10, 3), final: (10, 3)),
        // Never below one pixel.
        Row(source: (10000, 3), box: (100, 100), fit: .inside, resized: (100, 1), final: (100, 1)),
        Row(source: (3, 10000), box: (0, 100), fit: .inside, resized: (1, 100), final: (1, 100)),
        // Not enlarged, and enlarged.
        Row(source: (100, 50), box: (200, 200), fit: .inside, resized: (100, 50), final: (100, 50)),
        Row(
            source: (100, 50), box: (200, 200), fit: .inside, enlarge: true, resized: (200, 100),
            final: (200, 100)),
        // One side: the other follows, whatever the fit.
        Row(
            source: (4000, 3000), box: (300, 0), fit: .inside, resized: (300, 225),
            final: (300, 225)),
        Row(
            source: (4000, 3000), box: (0, 200), fit: .cover, resized: (267, 200), final: (267, 200)
        ),
        Row(
            source: (4000, 3000), box: (300, 0), fit: .contain, resized: (300, 225),
            final: (300, 225)),
        Row(
            source: (4000, 3000), box: (0, 300), fit: .fill, resized: (400, 300),
            final: (400, 300)),
        Row(source: (100, 50), box: (300, 0), fit: .outside, resized: (100, 50), final: (100, 50)),
        Row(
            source: (100, 50), box: (300, 0), fit: .cover, enlarge: true, resized: (300, 150),
            final: (300, 150)),
        // outside: the other side decides; 4000·320/3000 = 426.67.
        Row(
            source: (4000, 3000), box: (320, 320), fit: .outside, resized: (427, 320),
            final: (427, 320)),
        Row(source: (100, 50), box: (80, 80), fit: .outside, resized: (100, 50), final: (100, 50)),
        Row(
            source: (100, 50), box: (80, 80), fit: .outside, enlarge: true, resized: (160, 80),
            final: (160, 80)),
        // fill: each side for itself.
        Row(
            source: (4000, 3000), box: (320, 320), fit: .fill, resized: (320, 320),
            final: (320, 320)),
        Row(source: (100, 50), box: (200, 20), fit: .fill, resized: (100, 20), final: (100, 20)),
        Row(
            source: (100, 50), box: (200, 20), fit: .fill, enlarge: true, resized: (200, 20),
            final: (200, 20)),
        // cover: 427 − 320 = 107, centre (107 + 1) / 2 as sharp.
        Row(
            source: (4000, 3000), box: (320, 320), fit: .cover, resized: (427, 320),
            final: (320, 320), placement: .crop(x: 54, y: 0)),
        Row(
            source: (4000, 2000), box: (200, 100), fit: .cover, resized: (200, 100),
            final: (200, 100)),
        // cover, not enlarged: what overhangs is cut, what is too short stays.
        Row(
            source: (100, 50), box: (200, 40), fit: .cover, resized: (100, 50), final: (100, 40),
            placement: .crop(x: 0, y: 5)),
        Row(source: (100, 50), box: (200, 200), fit: .cover, resized: (100, 50), final: (100, 50)),
        Row(
            source: (100, 50), box: (200, 200), fit: .cover, enlarge: true, resized: (400, 200),
            final: (200, 200), placement: .crop(x: 100, y: 0)),
        // contain: always the whole box.
        Row(
            source: (4000, 3000), box: (320, 320), fit: .contain, resized: (320, 240),
            final: (320, 320), placement: .pad(x: 0, y: 40)),
        Row(
            source: (100, 50), box: (200, 201), fit: .contain, resized: (100, 50),
            final: (200, 201), placement: .pad(x: 50, y: 75)),
        Row(
            source: (100, 50), box: (200, 201), fit: .contain, enlarge: true, resized: (200, 100),
            final: (200, 201), placement: .pad(x: 0, y: 50)),
        Row(source: (400, 300), box: (40, 30), fit: .contain, resized: (40, 30), final: (40, 30)),
        // No box: as it is.
        Row(
            source: (4000, 3000), box: (0, 0), fit: .inside, resized: (4000, 3000),
            final: (4000, 3000)),
    ]

    @Test(arguments: rows)
    func sizesFollowTheTable(row: Row) {
        var recipe = Recipe(width: row.box.0, height: row.box.1, fit: row.fit, format: .fallback)
        recipe.enlarge = row.enlarge
        let found = recipe.outputSize(sourceWidth: row.source.0, sourceHeight: row.source.1)
        #expect(found.turned == PixelSize(width: row.source.0, height: row.source.1))
        #expect(found.resized == PixelSize(width: row.resized.0, height: row.resized.1))
        #expect(found.final == PixelSize(width: row.final.0, height: row.final.1))
        #expect(found.placement == row.placement)
    }

    /// 400×100 in 100×100: 300 columns to choose from. 100×400: 300 rows.
    @Test(arguments: [
        (Gravity.compass(.center), 150, 150), (.compass(.north), 150, 0),
        (.compass(.northeast), 300, 0), (.compass(.east), 300, 150),
        (.compass(.southeast), 300, 300), (.compass(.south), 150, 300),
        (.compass(.southwest), 0, 300), (.compass(.west), 0, 150), (.compass(.northwest), 0, 0),
        (.focalPoint(x: 500, y: 500), 150, 150),
        // Column 100 in the middle of 100 columns: from 50. Column 20: as far as it reaches.
        (.focalPoint(x: 250, y: 750), 50, 250), (.focalPoint(x: 50, y: 950), 0, 300),
        (.attention, 150, 150), (.entropy, 150, 150),
    ])
    func gravityPlacesTheCrop(gravity: Gravity, x: Int, y: Int) {
        var recipe = Recipe(width: 100, height: 100, fit: .cover, format: .fallback)
        recipe.gravity = gravity
        let wide = recipe.outputSize(sourceWidth: 400, sourceHeight: 100)
        let tall = recipe.outputSize(sourceWidth: 100, sourceHeight: 400)
        #expect(wide.placement == .crop(x: x, y: 0))
        #expect(tall.placement == .crop(x: 0, y: y))
    }

    @Test(arguments: [
        (Gravity.compass(.center), 37, 37), (.compass(.north), 37, 0), (.compass(.east), 75, 37),
        (.compass(.southwest), 0, 75), (.focalPoint(x: 100, y: 900), 7, 67),
    ])
    func gravityPlacesThePictureInItsPadding(gravity: Gravity, x: Int, y: Int) {
        var recipe = Recipe(width: 100, height: 100, fit: .contain, format: .fallback)
        recipe.gravity = gravity
        let tall = recipe.outputSize(sourceWidth: 100, sourceHeight: 400)
        let wide = recipe.outputSize(sourceWidth: 400, sourceHeight: 100)
        #expect(tall.placement == .pad(x: x, y: 0))
        #expect(wide.placement == .pad(x: 0, y: y))
    }

    @Test(arguments: [
        (Rotation.none, 320, 240), (.quarter, 240, 320), (.half, 320, 240),
        (.threeQuarters, 240, 320),
    ])
    func aQuarterTurnSwapsTheSourceBeforeTheBox(rotation: Rotation, width: Int, height: Int) {
        var recipe = Recipe(width: 320, height: 320, format: .fallback)
        recipe.rotation = rotation
        let found = recipe.outputSize(sourceWidth: 4000, sourceHeight: 3000)
        #expect(found.final == PixelSize(width: width, height: height))
    }

    @Test(arguments: [
        (300, 200, 2, 300, 200), (300, 200, 4, 600, 400), (301, 0, 3, 452, 0),
        (0, 101, 5, 0, 253), (8192, 1, 8, 8192, 1), (5000, 2500, 4, 8192, 4096),
        (5000, 2501, 8, 8192, 4098), (8192, 8192, 8, 8192, 8192),
    ])
    func ratioMultipliesTheBoxUpToTheLimit(
        width: Int, height: Int, halves: Int, expectedWidth: Int, expectedHeight: Int
    ) {
        var recipe = Recipe(width: UInt16(width), height: UInt16(height), format: .fallback)
        recipe.dprHalves = UInt8(halves)
        let box = recipe.boxWithRatio(limits: OutputLimits(side: 8192))
        #expect(Int(box.width) == expectedWidth && Int(box.height) == expectedHeight)
    }

    @Test func aPictureWithoutBoxIsCappedByPixels() {
        let recipe = Recipe(width: 0, height: 0, format: .fallback)
        let limits = OutputLimits(side: 8192, pixels: 1_000_000)
        // 1154·866 = 999 364 ≤ 1 000 000 < 1155·866 = 1 000 230.
        let found = recipe.outputSize(sourceWidth: 4000, sourceHeight: 3000, limits: limits)
        #expect(found.final == PixelSize(width: 1154, height: 866))
        let long = recipe.outputSize(sourceWidth: 40_000, sourceHeight: 2)
        #expect(long.final == PixelSize(width: 16383, height: 1))
    }

    /// Whatever comes: no empty side, a crop inside the picture, a picture inside its padding.
    @Test(arguments: UInt64(0)..<32)
    func everyGeometryIsSound(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var recipe = Recipe.random(using: &random)
            recipe.format = .fallback
            let source = PixelSize(
                width: Int.random(
                    in: 1...(1 << Int.random(in: 0...17, using: &random)), using: &random),
                height: Int.random(
                    in: 1...(1 << Int.random(in: 0...17, using: &random)), using: &random))
            let limits = OutputLimits(side: 8192, pixels: 20_000_000)
            let found = recipe.outputSize(source: source, limits: limits)
            if !recipe.enlarge {
                #expect(found.resized.width <= found.turned.width)
                #expect(found.resized.height <= found.turned.height)
            }
            switch found.placement {
            case .whole: #expect(found.final == found.resized)
            case .crop(let x, let y):
                #expect(x >= 0 && x + found.final.width <= found.resized.width)
                #expect(y >= 0 && y + found.final.height <= found.resized.height)
            case .pad(let x, let y):
                #expect(x >= 0 && x + found.resized.width <= found.final.width)
                #expect(y >= 0 && y + found.resized.height <= found.final.height)
            }
            if !recipe.hasBox { #expect(found.final.pixels <= limits.pixels) }
        }
    }
}
