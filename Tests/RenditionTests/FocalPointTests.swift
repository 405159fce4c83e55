import Rendition
import Testing

@Suite struct FocalPointTests {
    private static func focused(
        _ target: String, x: UInt16 = 900, y: UInt16 = 250
    ) throws -> String {
        let point = try #require(FocalPoint(x: x, y: y))
        return RenditionRequestTests.canonical(
            try PresetTests.parse(target).focused(on: point))
    }

    @Test func liesInThePicture() {
        #expect(FocalPoint(x: 0, y: 1000) != nil && FocalPoint(x: 1000, y: 0) != nil)
        #expect(FocalPoint(x: 1001, y: 0) == nil && FocalPoint(x: 0, y: .max) == nil)
    }

    @Test(arguments: Fit.allCases)
    func isWrittenWhereACropIs(fit: Fit) throws {
        let target = "/thumbs/9x9/HASH.jpg" + (fit == .inside ? "" : "?fit=\(fit.word)")
        let expected = fit == .cover ? target + "&gravity=0.9,0.25" : target
        #expect(try Self.focused(target) == expected)
        // Without a shape nothing is cropped.
        let wide = target.replacing("9x9", with: "9x")
        #expect(try Self.focused(wide) == wide)
    }

    @Test(arguments: [
        "gravity=north", "gravity=attention", "gravity=0.1,0.2", "gravity=center&preset=thumb",
        "preset=thumb", "trim=9",
    ])
    func leavesAlone(options: String) throws {
        let target = "/thumbs/9x9/HASH?fit=cover&\(options)"
        let canonical = RenditionRequestTests.canonical(try PresetTests.parse(target))
        #expect(try Self.focused(target) == canonical)
    }

    @Test func goesBesideAPresetThatSaysNothingOfIt() throws {
        #expect(
            try Self.focused("/thumbs/9x9/HASH?fit=cover&preset=empty")
                == "/thumbs/9x9/HASH?fit=cover&gravity=0.9,0.25&preset=empty")
        let centre = "/thumbs/9x9/HASH?fit=cover"
        #expect(try Self.focused(centre, x: 500, y: 500) == centre)
    }

    /// The picture turned and mirrored on paper.
    @Test(arguments: [
        ("rotate=90", "0.75,0.9"), ("rotate=180", "0.1,0.75"), ("rotate=270", "0.25,0.1"),
        ("flip=h", "0.1,0.25"), ("flip=v", "0.9,0.75"), ("flip=hv", "0.1,0.75"),
        ("flip=h&rotate=90", "0.25,0.9"),
    ])
    func isTurnedWithThePicture(options: String, place: String) throws {
        let request = try Self.focused("/thumbs/9x9/HASH?fit=cover&\(options)")
        #expect(request.contains("gravity=\(place)"), "\(request)")
    }
}
