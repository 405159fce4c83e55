import Rendition
import TestSupport
import Testing

@Suite struct ClientHintsTests {
    private static func hinted(
        _ target: String, ratio: String = "", width: String = "",
        limits: OutputLimits = OutputLimits()
    ) throws -> String {
        let request = try RenditionRequestTests.parse(target)
        let (ratio, width) = (Array(ratio.utf8), Array(width.utf8))
        let recipe = ClientHints.apply(
            ratio: ratio.span, width: width.span, to: request.recipe, limits: limits)
        return RenditionRequestTests.canonical(request.hinted(recipe))
    }

    @Test(arguments: [
        ("1", "1"), ("2", "2"), ("2.0", "2"), ("1.25", "1.5"), ("1.2", "1"), ("2.625", "2.5"),
        ("1.100000023841858", "1"), ("0.5", "1"), ("0", "1"), ("3.9", "4"), ("4", "4"), ("9", "4"),
        ("99999999", "4"),
    ])
    func theRatioIsRoundedToHalves(ratio: String, expected: String) throws {
        let query = expected == "1" ? "" : "?dpr=\(expected)"
        #expect(
            try Self.hinted("/thumbs/300x200/HASH", ratio: ratio) == "/thumbs/300x200/HASH\(query)")
    }

    @Test(arguments: [
        ("/thumbs/800x/HASH", "1", "160"), ("/thumbs/800x/HASH", "160", "160"),
        ("/thumbs/800x/HASH", "161", "320"), ("/thumbs/800x/HASH", "320.5", "480"),
        ("/thumbs/800x/HASH", "640", "640"),
    ])
    func theWidthIsRoundedUpToSteps(target: String, width: String, expected: String) throws {
        #expect(try Self.hinted(target, width: width) == "/thumbs/\(expected)x/HASH")
    }

    @Test(arguments: [
        // Never wider than the box, at the screen's ratio.
        ("/thumbs/300x/HASH", "", "300", "/thumbs/300x/HASH"),
        ("/thumbs/300x/HASH", "", "5000", "/thumbs/300x/HASH"),
        ("/thumbs/300x/HASH", "2", "5000", "/thumbs/300x/HASH?dpr=2"),
        ("/thumbs/300x/HASH", "2", "400", "/thumbs/480x/HASH"),
        // In the box's shape, whatever the ratio.
        ("/thumbs/301x200/HASH?fit=cover", "", "160", "/thumbs/160x106/HASH?fit=cover"),
        ("/thumbs/301x200/HASH?fit=cover", "1.5", "160", "/thumbs/160x106/HASH?fit=cover"),
        ("/thumbs/301x200/HASH?fit=cover", "4", "160", "/thumbs/160x106/HASH?fit=cover"),
        ("/thumbs/2000x1/HASH", "", "100", "/thumbs/160x1/HASH"),
        // What the URL says wins, and what has no width has none to change.
        ("/thumbs/300x/HASH?dpr=2", "3", "160", "/thumbs/300x/HASH?dpr=2"),
        ("/thumbs/x300/HASH", "2", "160", "/thumbs/x300/HASH?dpr=2"),
        ("/optimized/HASH", "2", "160", "/optimized/HASH"),
    ])
    func hintsStayWithinTheURL(
        target: String, ratio: String, width: String, expected: String
    ) throws {
        #expect(try Self.hinted(target, ratio: ratio, width: width) == expected)
    }

    @Test(arguments: [
        "", "x", "-1", "+2", ".5", "2.", "1.2.3", "1e9", " 2", "2, 3", "123456789012",
    ])
    func whatIsNoNumberSaysNothing(text: String) throws {
        let target = "/thumbs/800x600/HASH"
        #expect(try Self.hinted(target, ratio: text, width: text) == target)
    }

    /// Whatever a client says, one URL has so many renditions.
    @Test func hintsMakeAsManyRenditionsAsThereAreSteps() throws {
        let request = try RenditionRequestTests.parse("/thumbs/997x601/HASH?fit=cover")
        var random = SeededGenerator(seed: 7)
        var made: Set<Recipe> = []
        for _ in 0..<20_000 {
            let ratio = Array("\(Double.random(in: 0...6, using: &random))".prefix(5).utf8)
            let width = Array("\(Int.random(in: 0...9000, using: &random))".utf8)
            let recipe = ClientHints.apply(
                ratio: ratio.span, width: width.span, to: request.recipe, limits: OutputLimits())
            made.insert(recipe.normalized(limits: OutputLimits()))
            #expect(recipe.boxWithRatio(limits: OutputLimits()).width <= 997 * 4)
        }
        // Seven ratios, and the steps below the widest.
        #expect(made.count <= 7 + 997 * 4 / ClientHints.widthStep, "\(made.count)")
        #expect(made.count > 20)
    }
}
