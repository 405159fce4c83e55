import Rendition
import Testing
import WorkerLink

@Suite struct MasterPlanTests {
    static func plan(
        _ width: UInt32, _ height: UInt32, _ type: ImageType = .jpeg, frames: UInt32 = 1,
        hasAlpha: Bool = false, isFar: Bool = false
    ) -> MasterPlan? {
        MasterPlan(
            of: ImageFacts(
                type: type, width: width, height: height, frames: frames, hasAlpha: hasAlpha,
                isFar: isFar))
    }
    static let photo = plan(4272, 2848)

    @Test func aMasterKeepsTheShapeWithinItsPixels() throws {
        let plan = try #require(Self.photo)
        #expect(plan.size == PixelSize(width: 1086, height: 724))
        #expect(!plan.isLossless)
    }

    @Test(arguments: [(1024, 768), (10, 100_000), (1, 1)] as [(UInt32, UInt32)])
    func whatIsSoonReadHasNone(width: UInt32, height: UInt32) {
        #expect(Self.plan(width, height) == nil)
    }

    @Test func whatIsDearToReadHasOneOfItsOwnSize() throws {
        for plan in [Self.plan(500, 333, isFar: true), Self.plan(1000, 700, .png)] {
            let plan = try #require(plan)
            #expect(plan.size.width == 500 || plan.size.width == 1000)
            #expect(plan.quality == 95 && Self.photo?.quality == 92)
        }
        // Alpha is kept without loss, which takes as long to read.
        #expect(Self.plan(1000, 700, .png, hasAlpha: true) == nil)
        #expect(Self.plan(2048, 1536, .png, hasAlpha: true)?.isLossless == true)
    }

    @Test func anAnimationHasNone() {
        #expect(Self.plan(4000, 4000, frames: 2) == nil)
    }

    @Test func aStripTooLongForItsEncoderHasNone() {
        #expect(Self.plan(100_000, 100) == nil)
    }

    @Test(arguments: [
        (OutputFormat.jpeg, UInt8(0), UInt16(800), true), (.jpeg, 89, 800, true),
        (.jpeg, 90, 800, false), (.jpeg, 90, 766, true), (.jpeg, 100, 770, false),
        (.png, 0, 512, false), (.gif, 0, 512, false), (.webp, 0, 800, true), (.avif, 0, 800, true),
    ])
    func aLossyMasterServesLossyRenditions(
        format: OutputFormat, quality: UInt8, side: UInt16, expected: Bool
    ) throws {
        var recipe = Recipe(width: side, height: side, format: .explicit(format))
        recipe.quality = quality
        let serves = try #require(Self.photo).serves(
            recipe, resized: PixelSize(width: Int(side), height: Int(side) * 2 / 3),
            quality: QualityDefaults())
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
    }
}
