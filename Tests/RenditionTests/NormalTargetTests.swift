import Rendition
import TestSupport
import Testing

/// Spellings that are answered as they are, and redirects that end.
@Suite struct NormalTargetTests {
    static let keys = URLKeys([("k1", Array(0..<16))])

    private static func normal(_ text: String) throws(RenditionRequest.Invalid) -> NormalTarget {
        try NormalTarget(Array(text.utf8).span)
    }

    @Test(arguments: [
        ("/a?signature=k.x&fit=cover", "/a?fit=cover&signature=k.x"),
        ("/a?signature=k.x&expires=9", "/a?expires=9&signature=k.x"),
        ("/a?fit=cover&expires=9&signature=k.x", "/a?expires=9&fit=cover&signature=k.x"),
        ("/a?s%69gnature=k%2Ex&trim=5", "/a?signature=k.x&trim=5"), ("/a?expires=9", "/a"),
        ("/a?fit=cover&expires=9&quality=5", "/a?fit=cover&quality=5"), ("/a?&&", "/a"),
        ("/a?b&&a", "/a?a&b"), ("/%61?%2561", "/a?*61"),
    ])
    func hasItsParametersInOrder(text: String, expected: String) throws {
        let normal = try Self.normal(text)
        #expect(String(decoding: normal.sealing(normal.bare), as: UTF8.self) == expected)
        #expect(normal.isAnswered == (normal.isSigned || !text.contains("expires")))
    }

    @Test(arguments: [
        ("/a?expires=9&expires=9", RenditionRequest.Invalid.duplicateSeal),
        ("/a?signature=k.x&signature=k.x", .duplicateSeal), ("/a?expires=x", .malformedExpires),
        ("/a?expires", .malformedExpires), ("/a?%s", .malformedEscape), ("/%", .malformedEscape),
        ("/a?b=%+1", .malformedEscape), ("/a?b=%-0", .malformedEscape),
    ])
    func someAreWrong(text: String, expected: RenditionRequest.Invalid) {
        #expect(throws: expected) { try Self.normal(text) }
    }

    @Test func anOriginalIsNamedByDigitsOfAnyCase() throws {
        let hash = RenditionRequestTests.hash
        #expect(try Self.normal("/originals/\(hash)?").original()?.hex == hash)
        #expect(try Self.normal("/originals/\(hash.uppercased())").original()?.hex == hash)
        #expect(try Self.normal("/optimized/\(hash)").original() == nil)
        for wrong in ["", "x", "\(hash)?a=b", "\(hash)/"] {
            #expect(throws: RenditionRequest.Invalid.self) {
                try Self.normal("/originals/\(wrong)").original()
            }
        }
    }

    /// Whatever is asked for in whatever spelling, signed or not: where it is redirected to is the
    /// canonical target, which is answered, and is so whatever a middle does to it on the way.
    @Test(arguments: UInt64(0)..<16)
    func noRedirectLeadsToAnother(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let recipe = Recipe.random(using: &random)
            let original = ContentHash(bytes: SIMD32.random(in: 0...255, using: &random))
            let request = try #require(RenditionRequest(original: original, recipe: recipe))
            let sealed = try #require(
                Self.keys.sealing(
                    request.canonicalTarget, expires: Int64.random(in: 0...9, using: &random)))
            for canonical in [request.canonicalTarget, sealed] {
                let other = Self.otherwise(canonical, using: &random)
                let location = try Self.location(of: other)
                #expect(location == canonical, "\(String(decoding: other, as: UTF8.self))")
                for _ in 0..<4 {
                    let altered = Self.altered(location, using: &random)
                    let normal = try NormalTarget(altered.span)
                    let again = try RenditionRequest.parse(
                        target: normal.bare.span, policy: RenditionRequestTests.all)
                    #expect(again.isCanonical && normal.isAnswered)
                    #expect(normal.sealing(again.canonicalTarget) == canonical)
                }
                // Under sorting, decoding and dropping it is what it was.
                let normal = try NormalTarget(location.span)
                #expect(normal.sealing(normal.bare) == location)
            }
        }
    }

    private static func location(of target: [UInt8]) throws -> [UInt8] {
        let normal = try NormalTarget(target.span)
        let request = try RenditionRequest.parse(
            target: normal.bare.span, policy: RenditionRequestTests.all)
        return normal.sealing(request.canonicalTarget)
    }

    /// What means the same and is redirected: capital letters, defaults written out.
    private static func otherwise(
        _ target: [UInt8], using random: inout SeededGenerator
    ) -> [UInt8] {
        var text = String(decoding: target, as: UTF8.self)
        let hash = text.split { "/.?".contains($0) }.first { $0.count == 64 } ?? ""
        text = text.replacing(hash, with: hash.uppercased())
        text = text.replacing(".jpg", with: ".jpeg")
        for pair in ["rotate=0", "animated=0", "background=FFFFFFFF", "watermark=none"]
        where !text.contains(pair.prefix { $0 != "=" }) && Bool.random(using: &random) {
            text += (text.contains("?") ? "&" : "?") + pair
        }
        return altered(Array(text.utf8), using: &random)
    }

    /// What a middle may do.
    private static func altered(
        _ target: [UInt8], using random: inout SeededGenerator
    ) -> [UInt8] {
        let text = String(decoding: target, as: UTF8.self)
        let parts = text.split(separator: "?", omittingEmptySubsequences: false)
        var pairs = parts.dropFirst().joined().split(separator: "&").map(String.init)
        pairs.shuffle(using: &random)
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            pairs.insert("", at: Int.random(in: 0...pairs.count, using: &random))
        }
        var bytes = Array(parts[0].utf8)
        if !pairs.isEmpty || Bool.random(using: &random) {
            bytes += Array("?\(pairs.joined(separator: "&"))".utf8)
        }
        return bytes.flatMap { byte -> [UInt8] in
            let isSeparator = "/?&=".utf8.contains(byte)
            guard !isSeparator, Int.random(in: 0..<8, using: &random) == 0 else { return [byte] }
            return Array("%\(String(byte, radix: 16, uppercase: Bool.random(using: &random)))".utf8)
        }
    }
}
