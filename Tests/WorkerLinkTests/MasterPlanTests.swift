import Rendition
import Testing
import WorkerLink

@Suite struct MasterPlanTests {
    static let photo = MasterPlan(
        width: 4272, height: 2848, frames: 1, isLossyType: true, hasAlpha: false)

    @Test func aMasterKeepsTheShapeWithinItsPixels() throws {
        let plan = try #require(Self.photo)
        #expect(plan.size == PixelSize(width: 1086, height: 724))
        #expect(!plan.isLossless)
    }

    @Test(arguments: [(1254, 1254), (10, 100_000), (1, 1)] as [(UInt32, UInt32)])
    func whatIsSmallHasNone(width: UInt32, height: UInt32) {
        let plan = MasterPlan(
            width: width, height: height, frames: 1, isLossyType: true, hasAlpha: false)
        #expect(plan == nil)
    }

    @Test func anAnimationHasNone() {
        let plan = MasterPlan(
            width: 4000, height: 4000, frames: 2, isLossyType: true, hasAlpha: false)
        #expect(plan == nil)
    }

    @Test func aStripTooLongForItsEncoderHasNone() {
        let plan = MasterPlan(
            width: 100_000, height: 100, frames: 1, isLossyType: true, hasAlpha: false)
        #expect(plan == nil)
    }

    @Test(arguments: [
        (OutputFormat.jpeg, UInt8(0), true), (.jpeg, 89, true), (.jpeg, 90, false),
        (.png, 0, false), (.gif, 0, false), (.webp, 0, true), (.avif, 0, true),
    ])
    func aLossyMasterServesLossyRenditions(
        format: OutputFormat, quality: UInt8, expected: Bool
    ) throws {
        var recipe = Recipe(width: 512, height: 512, format: .explicit(format))
        recipe.quality = quality
        let serves = try #require(Self.photo).serves(
            recipe, resized: PixelSize(width: 512, height: 341), quality: QualityDefaults())
        #expect(serves == expected)
    }

    @Test func nothingIsEnlargedFromAMaster() throws {
        let plan = try #require(Self.photo)
        var recipe = Recipe(width: 0, height: 0, format: .explicit(.jpeg))
        func serves(_ width: Int, _ height: Int) -> Bool {
            plan.serves(
                recipe, resized: PixelSize(width: width, height: height),
                quality: QualityDefaults())
        }
        #expect(serves(1086, 724) && !serves(1087, 724) && !serves(724, 1086))
        recipe.rotation = .quarter
        #expect(serves(724, 1086) && !serves(1086, 724))
        recipe.trim = 1
        #expect(!serves(72, 108))
    }
}
