import Telemetry
import Testing

@Suite struct ShownTargetTests {
    private static let hash = String(repeating: "0123456789abcdef", count: 4)
    private static let code = "2026.ThisIsTheSignatureOfTheLink0123456789abcdef"

    private static func shown(_ target: String) -> String {
        let text = target.replacing("HASH", with: hash).replacing("CODE", with: code)
        return ShownTarget.text(of: Array(text.utf8)).replacing(hash, with: "HASH")
    }

    @Test(arguments: [
        "", "/", "/thumbs/300x200/HASH.jpg", "/thumbs/300x/HASH.jpg?fit=cover&gravity=0.5,0.25",
        "/images?cursor=abcdefghijklmnopqrstuvwxyz0123456789&limit=5", "/originals/HASH?",
        "/optimized/HASH?preset=thumb&", "/thumbs/%33x/HASH%2Ejpg", "/%", "/%2", "/%25", "/%252",
        "/x?expired=7&tokens=3",
    ])
    func whatIsNotSecretIsShown(target: String) { #expect(Self.shown(target) == target) }

    @Test(arguments: [
        ("/originals/HASH?signature=CODE", "/originals/HASH?signature="),
        ("/a?expires=77&fit=cover&signature=CODE&trim=5", "/a?expires=&fit=cover&signature="),
        ("/a?token=abc&b=c", "/a?token=&b=c"), ("/images?access_token=x", "/images?access_token="),
        // With its marks escaped, or these again.
        ("/originals/HASH%3Fsignature%3DCODE", "/originals/HASH%3Fsignature%3D"),
        ("/originals/HASH%3fSignature%3dCODE", "/originals/HASH%3fSignature%3d"),
        ("/originals/HASH%253Fsignature%253DCODE", "/originals/HASH%253Fsignature%253D"),
        ("/a%3Fb%3Dc%26expires%3D77%26d", "/a%3Fb%3Dc%26expires%3D%26d"),
        ("/a?s%69gnatur%2565=CODE", "/a?s%69gnatur%2565="),
        ("/images%3Ftoken%3Dabc", "/images%3Ftoken%3D"), ("/a;signature=CODE", "/a;signature="),
        ("/a#signature=CODE", "/a#signature="), ("/a/signature=CODE", "/a/signature="),
        // Without its name, or at another place.
        ("/originals/HASHCODE", "/originals/HASH2026."), ("/a/CODE", "/a/2026."),
        ("/a?b=CODE&c=d", "/a?b=2026.&c=d"), ("/a?sgnature=CODE", "/a?sgnature=2026."),
        ("/a%2FCODE%26c", "/a%2F2026.%26c"),
        // What stands behind the path of events.
        ("/events/s3/0123456789abcdef?a=b", "/events/s3/"), ("//events/s3/ab/c", "//events/s3/"),
        ("/events%2Fs3%2F0123456789abcdef", "/events%2Fs3%2F"), ("/events/S3/ab", "/events/S3/"),
        ("/%65vents/%73%33/ab%2Fc", "/%65vents/%73%33/"),
    ])
    func whatIsSecretIsNot(target: String, expected: String) {
        #expect(Self.shown(target) == expected)
    }

    /// However a code is escaped behind its name, none of it is shown.
    @Test func anEscapedCodeIsHiddenBehindItsName() {
        let escaped = Self.code.utf8.map { "%\(String($0, radix: 16))" }.joined()
        #expect(Self.shown("/a%3fsignature=\(escaped)") == "/a%3fsignature=")
        #expect(Self.shown("/originals/HASH/\(escaped)").count < 40)
    }
}
