import Foundation
import ImageIndex
import Rendition
import Text

/// Times pages of listings and searches for similar images.
struct Pages {
    let index: any ImageIndex
    let count: Int

    func run() async throws {
        print("page of 50, milliseconds          p50     p99     max   images  pages to the end")
        try await list("all") { _ in }
        try await list("owner, a third") { $0.owner = "owner-1" }
        try await list("owner, three images") { $0.owner = "rare" }
        try await list("tag") { $0.tag = "tag-77" }
        try await list("tag, three images") { $0.tag = "rare" }
        try await list("type, a tenth") { $0.type = MediaType("image/png") }
        try await list("type, three images") { $0.type = MediaType("image/tiff") }
        try await list("status, three images") { $0.status = .failed }
        try await list("owner and tag") { ($0.owner, $0.tag) = ("owner-1", "tag-777") }
        try await list("owner and type, rare") {
            ($0.owner, $0.type) = ("owner-1", MediaType("image/tiff"))
        }
        try await list("since, until") {
            $0.since = 1_700_000_000_000_000 + Int64(count) * 500
            $0.until = 1_700_000_000_000_000 + Int64(count) * 501
        }
        try await list("name, one image") { $0.name = "img_17.jpg" }
        for distance in [0, 4, 8, 11] { try await similar(distance) }
    }

    private func list(_ name: String, _ change: (inout ImageQuery) -> Void) async throws {
        var query = ImageQuery()
        change(&query)
        var times: [Double] = []
        var (cursor, images, pages): (ImageCursor?, Int, Int) = (nil, 0, 0)
        // From the start to the end, and from there again, until there is enough to judge by.
        var isWhole = false
        while times.count < 500 {
            let begun = ContinuousClock.now
            let page = try await index.list(query, limit: 50, after: cursor)
            times.append((ContinuousClock.now - begun) / .milliseconds(1))
            if !isWhole { (images, pages) = (images + page.images.count, pages + 1) }
            cursor = page.next
            isWhole = isWhole || cursor == nil
        }
        let end = isWhole ? "\(pages)" : "-"
        print(row(name, times) + column("\(images)") + "  " + end)
    }

    private func similar(_ distance: Int) async throws {
        var (times, found): ([Double], Int) = ([], 0)
        for number in 0..<300 {
            let sample = Sample.document(number * count / 300, of: count)
            let near = (sample.perceptualHash ?? 0) ^ 0b101
            let begun = ContinuousClock.now
            found += try await index.similar(
                to: SimilarityQuery(perceptualHash: near, distance: distance, limit: 20)
            ).matches.count
            times.append((ContinuousClock.now - begun) / .milliseconds(1))
        }
        print(row("similar, distance \(distance)", times) + column("\(found)"))
    }

    private func row(_ name: String, _ times: [Double]) -> String {
        let sorted = times.sorted()
        let figures = [sorted[sorted.count / 2], sorted[sorted.count * 99 / 100], sorted.last ?? 0]
        return name.padding(toLength: 28, withPad: " ", startingAt: 0)
            + figures.map { column(String(format: "%.3f", $0)) }.joined()
    }

    private func column(_ text: String) -> String {
        String(repeating: " ", count: max(1, 8 - text.count)) + text
    }
}
