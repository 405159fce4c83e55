import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct QualitySearchTests {
        private static func photo(_ scratch: Scratch) throws -> [UInt8] {
            try Pillow.run(
                """
                im = photo(480, 360)
                noise = Image.effect_noise(im.size, 40).convert('RGB')
                Image.blend(im, noise, 0.3).save(args[0])
                """, [scratch.path("a.png")])
            return try scratch.bytes("a.png")
        }

        /// Whatever share of the bytes it may have, most are used: three tries need not end near.
        @Test(arguments: [OutputFormat.jpeg, .webp])
        func maxbytesIsAboutTheBestThatFits(format: OutputFormat) throws {
            let photo = try Self.photo(Scratch())
            let recipe = Recipe.box(320, 0, .inside, .explicit(format))
            let whole = try Studio.render(photo, recipe).bytes.count
            for percent in [97, 90, 80, 67, 50, 40, 30] {
                let limit = whole * percent / 100
                let tight = recipe.with { $0.maxBytes = UInt32(limit) }
                let made = try Studio.render(photo, tight).bytes
                #expect(made.count <= limit && made.count > limit * 3 / 4, "\(percent) %")
                #expect(try Studio.render(photo, tight).bytes == made)
            }
            let roomy = recipe.with { $0.maxBytes = UInt32(whole) }
            #expect(try Studio.render(photo, roomy).bytes.count == whole)
        }

        @Test(arguments: [OutputFormat.jpeg, .webp, .png, .gif])
        func whatNoQualityFitsIsRefused(format: OutputFormat) throws {
            let photo = try Self.photo(Scratch())
            let recipe = Recipe.box(600, 0, .inside, .explicit(format)).with { $0.maxBytes = 1000 }
            #expect {
                try Studio.render(photo, recipe)
            } throws: { error in
                (error as? ImagingError)?.reason == .overBytes
            }
        }

        /// What is easy to encode takes a lower quality than what is not; both look as good.
        @Test(arguments: [OutputFormat.jpeg, .webp, .avif, .jxl])
        func automaticQualityGoesByThePicture(format: OutputFormat) throws {
            let scratch = try Scratch()
            let photo = try Self.photo(scratch)
            let recipe = Recipe.box(320, 0, .inside, .explicit(format)).with {
                $0.quality = Recipe.automaticQuality
            }
            let made = try Studio.render(photo, recipe).bytes
            #expect(try Studio.render(photo, recipe).bytes == made)
            let least = try Studio.render(photo, recipe.with { $0.quality = 30 }).bytes
            let most = try Studio.render(photo, recipe.with { $0.quality = 92 }).bytes
            #expect(made.count > least.count && made.count <= most.count)
        }

        @Test func automaticQualityKeepsToItsBytesToo() throws {
            let photo = try Self.photo(Scratch())
            let recipe = Recipe.box(320, 0, .inside, .explicit(.jpeg)).with {
                $0.quality = Recipe.automaticQuality
            }
            let free = try Studio.render(photo, recipe).bytes.count
            let bound = try Studio.render(
                photo, recipe.with { $0.maxBytes = UInt32(free * 3 / 4) })
            #expect(bound.bytes.count <= free * 3 / 4)
        }

        @Test(arguments: [OutputFormat.png, .gif])
        func formatsWithoutLossAreAsTheyAre(format: OutputFormat) throws {
            let photo = try Self.photo(Scratch())
            let recipe = Recipe.box(99, 0, .inside, .explicit(format))
            let automatic = recipe.with { $0.quality = Recipe.automaticQuality }
            #expect(
                try Studio.render(photo, automatic).bytes == Studio.render(photo, recipe).bytes)
        }
    }
}
