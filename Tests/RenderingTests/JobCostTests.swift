import Coalescing
import ImageIndex
@testable import Rendering
import Rendition
import RenditionCache
import Testing
import WorkerLink

@Suite struct JobCostTests {
    typealias Cost = RenderDesk.Queue.Cost

    private static func order(
        _ recipe: Recipe, width: Int = 4000, height: Int = 3000, frames: Int = 1,
        type: String = "image/jpeg", microseconds: UInt32 = 0
    ) -> RenditionOrder {
        let hash = ContentHash(bytes: SIMD32(repeating: 7))
        guard let type = MediaType(type) else { preconditionFailure("no type") }
        var document = ImageDocument(
            hash: hash, byteCount: width * height / 5,
            type: type, width: width,
            height: height, uploadedAt: 0)
        document.frames = frames
        document.processorMicroseconds = microseconds
        let key = RenditionKey(
            original: hash, recipe: recipe, pipeline: PipelineVersion(value: 1),
            limits: OutputLimits())
        return RenditionOrder(
            key: key, recipe: recipe, target: [],
            original: ImageSummary(of: document, state: .present),
            ticket: PurgeTicket(), masterTicket: nil, client: .anybody)
    }

    private static func cost(_ order: RenditionOrder, fromMaster: Bool = false) -> Cost {
        Cost(
            rendition: order, limits: OutputLimits(),
            from: fromMaster ? order.plan(limits: OutputLimits(), style: Style()) : nil)
    }

    private static func thumb(_ format: OutputFormat, side: UInt16 = 200) -> Recipe {
        Recipe(width: side, height: side, format: .explicit(format))
    }

    @Test func aMasterSavesTheDecoding() {
        let order = Self.order(Self.thumb(.jpeg), type: "image/png")
        #expect(Self.cost(order).shared > 10 * Self.cost(order, fromMaster: true).shared)
        #expect(Self.cost(order).own == Self.cost(order, fromMaster: true).own)
    }

    @Test func avifIsDearerThanJPEGAndMoreIsDearerThanLess() {
        let jpeg = Self.cost(Self.order(Self.thumb(.jpeg, side: 1600)))
        #expect(Self.cost(Self.order(Self.thumb(.avif, side: 1600))).own > jpeg.own)
        #expect(Self.cost(Self.order(Self.thumb(.jpeg, side: 100))).own < jpeg.own)
    }

    @Test func whatTookFarLongerThanItsLikeWillDoSoAgain() {
        let usual = Self.order(Self.thumb(.jpeg))
        let slow = Self.order(Self.thumb(.jpeg), microseconds: 9_000_000)
        #expect(Self.cost(slow).shared > 4 * Self.cost(usual).shared)
        #expect(
            Self.cost(slow, fromMaster: true).shared == Self.cost(usual, fromMaster: true).shared)
    }

    /// Whatever a file says of itself.
    @Test func noCostIsMoreThanAnHour() {
        var all = Self.thumb(.gif, side: 16_383)
        all.animated = true
        let order = Self.order(all, width: 10_000_000, height: 400, frames: 1_000_000)
        #expect(Self.cost(order).shared <= 3_600_000_500)
        #expect(Self.cost(order).own <= 3_600_000_000)
    }

    @Test func aMasterServesWhatIsSmallerAndNotLinear() {
        let small = Self.order(Self.thumb(.jpeg))
        #expect(small.plan(limits: OutputLimits(), style: Style()) != nil)
        var linear = Style()
        linear.isLinear = true
        #expect(small.plan(limits: OutputLimits(), style: linear) == nil)
        let large = Self.order(Self.thumb(.jpeg, side: 3000))
        #expect(large.plan(limits: OutputLimits(), style: Style()) == nil)
    }
}
