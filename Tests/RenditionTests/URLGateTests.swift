import Rendition
import TestSupport
import Testing

/// What gets by with a signature, what without, and what not at all.
@Suite struct URLGateTests {
    static let keys = URLKeys([("k1", Array(0..<16)), ("old_2", Array(repeating: 7, count: 80))])
    static let target = "/thumbs/300x200/\(RenditionRequestTests.hash).jpg?fit=cover"
    static let signed = URLGate(sizes: .signed, originalsAreSigned: true, keys: keys)

    static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private func refusal(
        _ target: [UInt8], by gate: URLGate? = signed, isOpen: Bool = false, now: Int64 = 0
    ) -> URLGate.Refusal? {
        gate?.refusal(
            of: target.span, seal: URLSeal(in: target.span), isOpen: isOpen, now: { now })
    }

    private func sealed(
        _ target: String = target, expires: Int64 = 0, with key: String? = nil
    ) throws -> [UInt8] {
        try #require(Self.keys.sealing(Array(target.utf8), expires: expires, with: key))
    }

    @Test func aSignatureIsTheCodeOfThePreambleAndTheTarget() throws {
        // printf 'pollex-url-v1\nGET\n<target>' | openssl dgst -sha256 -mac HMAC
        //     -macopt hexkey:000102030405060708090a0b0c0d0e0f
        let target = "/originals/\(RenditionRequestTests.hash)"
        let text = String(decoding: try sealed(target), as: UTF8.self)
        #expect(text == "\(target)?signature=k1.AetNTgQWIuGKV53AdDKPxc5pik9B9s6d1RtMtvz0ZDE")
    }

    @Test(arguments: [nil, "k1", "old_2"])
    func everyKeyOfTheListHolds(key: String?) throws {
        #expect(refusal(try sealed(with: key)) == nil)
        #expect(refusal(try sealed(expires: 9, with: key)) == nil)
    }

    @Test func aKeyThatIsTakenAwayHoldsNoMore() throws {
        let rotated = URLGate(
            sizes: .signed, originalsAreSigned: false,
            keys: URLKeys([("k1", Array(0..<16))]))
        #expect(refusal(try sealed(with: "k1"), by: rotated) == nil)
        #expect(refusal(try sealed(with: "old_2"), by: rotated) == .badSignature)
        let reused = URLGate(
            sizes: .signed, originalsAreSigned: false, keys: URLKeys([("k1", Array(1..<17))]))
        #expect(refusal(try sealed(with: "k1"), by: reused) == .badSignature)
        #expect(Self.keys.sealing(Array(Self.target.utf8), with: "none") == nil)
        #expect(URLKeys([]).sealing(Array(Self.target.utf8)) == nil)
    }

    @Test func aLinkEndsWithTheSecondThatItNames() throws {
        let link = try sealed(expires: 1000)
        #expect(refusal(link, now: 999) == nil && refusal(link, now: 1000) == nil)
        #expect(refusal(link, now: 1001) == .expired)
        #expect(refusal(link, isOpen: true, now: 1001) == .expired)
        var later = link
        let place = try #require(String(decoding: link, as: UTF8.self).firstRange(of: "=1000"))
        let text = String(decoding: link, as: UTF8.self)
        later[text.utf8.distance(from: text.startIndex, to: place.lowerBound) + 1] =
            UInt8(ascii: "2")
        // What is forged is told so, not that it is late.
        #expect(refusal(later, now: 5000) == .badSignature)
    }

    /// Whatever one byte is changed to, the target is refused or can not be read as it is.
    @Test(arguments: [0, 1000])
    func noByteCanBeChanged(expires: Int64) throws {
        let link = try sealed(expires: expires)
        for index in link.indices {
            for byte in UInt8.min...UInt8.max where byte != link[index] {
                var changed = link
                changed[index] = byte
                // Without a seal in its place it is read as a whole, and then something is wrong.
                let isRefused =
                    URLSeal(in: changed.span) == nil
                    ? !isReadable(changed) : refusal(changed, isOpen: true) == .badSignature
                if !isRefused {
                    Issue.record("\(String(decoding: changed, as: UTF8.self))")
                }
            }
        }
    }

    private func isReadable(_ target: [UInt8]) -> Bool {
        (try? RenditionRequest.parse(target: target.span, policy: RenditionRequestTests.all)) != nil
    }

    @Test func aSignatureThatIsThereHasToHoldAlsoWhereNoneIsNeeded() throws {
        var link = try sealed()
        link[link.count - 2] ^= 1
        #expect(refusal(link, isOpen: true) == .badSignature)
        #expect(refusal(Array(Self.target.utf8), isOpen: true) == nil)
        #expect(refusal(Array(Self.target.utf8)) == .unsigned)
    }

    @Test func theCodeMayBeCutToSixteenBytes() throws {
        let link = try sealed()
        let codeStart = link.count - 43
        for count in 16...32 {
            // Bits behind the last byte have to be zero, so a cut code is encoded again.
            let letters = (count * 8 + 5) / 6
            var cut = Array(link[..<(codeStart + letters)])
            let spare = letters * 6 - count * 8
            cut[cut.count - 1] = withoutLowBits(cut[cut.count - 1], spare)
            #expect(refusal(cut) == nil, "\(count)")
        }
        #expect(refusal(Array(link[..<(codeStart + 20)])) == .badSignature)
        #expect(refusal(Array(link[..<codeStart])) == .badSignature)
        #expect(refusal(link + [UInt8(ascii: "A")]) != nil)
    }

    private func withoutLowBits(_ letter: UInt8, _ count: Int) -> UInt8 {
        let value = Self.alphabet.firstIndex(of: letter) ?? 0
        return Self.alphabet[(value >> count) << count]
    }

    /// With the right key id, and codes of every length that is taken: a hundred thousand in all.
    @Test(arguments: UInt64(0)..<4)
    func noRandomSignatureHolds(seed: UInt64) throws {
        let start = Array("/optimized/x?signature=k1.".utf8)
        var random = SeededGenerator(seed: seed)
        var targets = (22...43).map { start + Array(repeating: UInt8(ascii: "A"), count: $0) }
        var passed = 0
        for round in 0..<25_000 {
            // 24, 32 and 40 letters have no spare bits; of the others most are not even base64.
            let length = round % 16 == 0 ? round / 16 % 22 : round % 3 * 8 + 2
            var bits = random.next()
            for place in start.count..<targets[length].count {
                if place % 10 == 9 { bits = random.next() }
                targets[length][place] = Self.alphabet[Int(bits & 63)]
                bits >>= 6
            }
            if refusal(targets[length]) == nil { passed += 1 }
        }
        #expect(passed == 0)
    }

    @Test func aListLetsThroughItsRecipesInEveryFormatAndNothingElse() throws {
        let gate = URLGate(
            sizes: .listed([
                try ListedSize("300x200?fit=cover", policy: RenditionRequestTests.all),
                try ListedSize("640x", policy: RenditionRequestTests.all),
                try ListedSize("640x?dpr=2", policy: RenditionRequestTests.all),
                try ListedSize("optimized?quality=60", policy: RenditionRequestTests.all),
            ]), originalsAreSigned: false, keys: URLKeys([]))
        func isOpen(_ target: String) throws -> Bool? {
            gate?.isOpen(try RenditionRequestTests.parse(target).recipe)
        }
        for target in [
            "/thumbs/300x200/HASH?fit=cover", "/thumbs/300x200/HASH.jpg?fit=cover",
            "/thumbs/300x200/HASH.avif?fit=cover", "/thumbs/640x/HASH", "/thumbs/640x/HASH?dpr=2",
            "/optimized/HASH.webp?quality=60",
        ] { #expect(try isOpen(target) == true, "\(target)") }
        for target in [
            "/thumbs/300x200/HASH", "/thumbs/300x200/HASH?fit=cover&quality=80",
            "/thumbs/300x200/HASH?fit=cover&dpr=2", "/thumbs/301x200/HASH?fit=cover",
            "/thumbs/x640/HASH", "/thumbs/640x640/HASH", "/thumbs/640x/HASH?dpr=1.5",
            "/thumbs/1280x/HASH", "/optimized/HASH", "/optimized/HASH?quality=61",
        ] { #expect(try isOpen(target) == false, "\(target)") }
    }

    @Test func anEntryIsSpeltAsTheCanonicalURL() {
        #expect(throws: ListedSize.Invalid.notCanonical(canonical: "9x9?fit=cover&quality=5")) {
            try ListedSize("9x9?quality=5&fit=cover", policy: RenditionRequestTests.all)
        }
        #expect(throws: ListedSize.Invalid.notCanonical(canonical: "optimized")) {
            try ListedSize("optimized?rotate=0", policy: RenditionRequestTests.all)
        }
        for text in [
            "", "x", "9", "9x9/", "9x9.jpg", "/9x9", "9x9?fit=round", "99999x1", "9x9?a=b",
        ] {
            #expect(throws: ListedSize.Invalid.self, "\(text)") {
                try ListedSize(text, policy: RenditionRequestTests.all)
            }
        }
    }

    @Test func whereEverythingIsOpenAndNobodySignsThereIsNoGate() {
        #expect(URLGate(sizes: .open, originalsAreSigned: false, keys: URLKeys([])) == nil)
        #expect(URLGate(sizes: .open, originalsAreSigned: false, keys: Self.keys) != nil)
        #expect(URLGate(sizes: .open, originalsAreSigned: true, keys: URLKeys([])) != nil)
    }
}
