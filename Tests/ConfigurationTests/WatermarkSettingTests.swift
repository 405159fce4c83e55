import Rendition
import Testing

@testable import Configuration
import Text

@Suite struct WatermarkSettingTests {
    private func read(_ text: String) throws(ConfigurationError) -> Configuration {
        try Configuration.load(file: nil, environment: ["POLLEX_WATERMARKS": text], flags: [])
    }

    @Test func isReadWithItsDefaults() throws {
        let hash = String(repeating: "0a", count: 32)
        let found = try read(
            """
            { a: { file: 'l.png' },
              b: { hash: '\(hash)', position: 'north', offset: 0, scale: 1, opacity: 0.25,
                   tile: true } }
            """
        ).watermarks
        #expect(found.map { "\($0.name)" } == ["a", "b"])
        #expect(found.first?.picture == .file("l.png"))
        #expect(found.first?.placement == Watermark.Placement())
        var other = Watermark.Placement()
        (other.position, other.isTiled) = (.north, true)
        (other.offset, other.scale, other.opacity) = (0, 1000, 250)
        #expect(found.last?.placement == other)
        #expect(found.last?.picture == ContentHash(hex: hash).map { .original($0) })
    }

    @Test(arguments: [
        ("{ none: { file: 'x' } }", "watermarks.none: \"none\" is not a name"),
        ("{ a: {} }", "watermarks.a: it needs either file"),
        ("{ a: { file: 'x', hash: 'y' } }", "watermarks.a: it needs either file"),
        ("{ a: { hash: 'y' } }", "watermarks.a.hash: \"y\" is not 64 lower-case"),
        ("{ a: { file: 'x', place: 'y' } }", "watermarks.a.place: unknown key; the nearest"),
        ("{ a: { file: 'x', position: 'up' } }", "watermarks.a.position: \"up\" is not one of c"),
        ("{ a: { file: 'x', scale: 2 } }", "watermarks.a.scale: 2 is not from 0.001 to 1.0"),
        ("{ a: { file: 'x', opacity: 0 } }", "watermarks.a.opacity: 0 is not from 0.001 to 1.0"),
        ("{ a: { file: 'x', offset: 'y' } }", "watermarks.a.offset: \"y\" is not from 0.0 to 0.5"),
        ("{ a: { file: 'x', tile: 1 } }", "watermarks.a.tile: 1 is not true or false"),
    ])
    func complaintsNameTheWatermark(text: String, expected: String) {
        do throws(ConfigurationError) {
            _ = try read(text)
            Issue.record("accepted")
        } catch { #expect(error.description.contains(": " + expected), "\(error)") }
    }

    @Test func aPresetNeedsAWatermarkThatThereIs() throws {
        let presets = "{ p: { options: 'watermark=a' } }"
        #expect(throws: ConfigurationError.self) {
            try Configuration.load(
                file: nil, environment: ["POLLEX_PRESETS": presets], flags: [])
        }
        let both: [UTF8String: String] = [
            "POLLEX_PRESETS": presets, "POLLEX_WATERMARKS": "{ a: { file: 'x' } }",
        ]
        let configuration = try Configuration.load(file: nil, environment: both, flags: [])
        #expect(configuration.presets.first?.watermark == ShortName("a"))
    }
}
