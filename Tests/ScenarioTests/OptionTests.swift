import Foundation
import TestSupport
import Testing

/// Options whose meaning the configuration gives, or that look for their own quality.
@Suite struct OptionTests {
    @Test func aPresetIsServedUnderItsNameAndSharesItsRendition() throws {
        let edge = try Edge(settings: ["PRESETS": "{ thumb: { options: 'fit=cover&quality=40' } }"])
        let hash = try edge.upload(try Photos.small(1))
        let named = try edge.ask("/thumbs/40x40/\(hash).jpg?preset=thumb")
        let written = try edge.ask("/thumbs/40x40/\(hash).jpg?fit=cover&quality=40")
        #expect(named.status == 200 && named.content == written.content)
        #expect(named["etag"] == written["etag"])
        #expect(written["cache-status"] == "pollex; hit", "\(written)")
        let repeated = try edge.ask("/thumbs/40x40/\(hash).jpg?fit=cover&preset=thumb")
        #expect(repeated.status == 308)
        #expect(repeated["location"] == "/thumbs/40x40/\(hash).jpg?preset=thumb")
        let unknown = try edge.ask("/thumbs/40x40/\(hash).jpg?preset=thump")
        #expect(unknown.status == 400 && unknown.text.contains("There is no preset 'thump'."))
    }

    /// Another mark under the same name is another rendition; the same one again is not.
    @Test func aWatermarkIsPartOfTheRendition() throws {
        let folder = try Scratch()
        let photo = try Photos.small(1)
        func answers(mark: String) throws -> (plain: Answer, marked: Answer) {
            let edge = try Edge(folder: folder, settings: ["WATERMARKS": mark])
            let hash = try edge.upload(photo)
            let plain = try edge.ask("/thumbs/60x/\(hash).jpg")
            let marked = try edge.ask("/thumbs/60x/\(hash).jpg?watermark=logo")
            #expect(plain.status == 200 && marked.status == 200, "\(marked)")
            #expect(edge.stop() == 0)
            return (plain, marked)
        }
        try Data(Photos.small(2)).write(to: URL(fileURLWithPath: folder.path + "/mark.jpg"))
        let mark = "file: '\(folder.path)/mark.jpg', position: 'center'"
        let first = try answers(mark: "{ logo: { \(mark) } }")
        #expect(first.marked.content != first.plain.content)
        let same = try answers(mark: "{ logo: { \(mark) } }")
        #expect(
            same.marked["etag"] == first.marked["etag"]
                && same.marked.content == first.marked.content)
        #expect(same.marked["cache-status"] == "pollex; hit")
        let faded = try answers(mark: "{ logo: { \(mark), opacity: 0.5 } }")
        #expect(faded.marked["etag"] != first.marked["etag"])
        #expect(faded.marked.content != first.marked.content)
        #expect(faded.plain["etag"] == first.plain["etag"])
        #expect(faded.plain["cache-status"] == "pollex; hit")
        // By hash, of the same content: the same rendition.
        let hash = contentHash(try Photos.small(2))
        _ = try Edge(folder: folder).upload(try Photos.small(2))
        let byHash = try answers(mark: "{ logo: { hash: '\(hash)', position: 'center' } }")
        #expect(byHash.marked["etag"] == first.marked["etag"])
    }

    /// Every kind of entry, through all that makes a URL of it: links, hints, documents.
    @Test(arguments: [
        "640x?watermark=logo", "640x?preset=w", "64x64?fit=cover&preset=w&watermark=none",
        "optimized?watermark=logo", "optimized?preset=w", "x90?dpr=2&preset=plain",
    ])
    func aListedSizeMayHaveNamesInIt(entry: String) throws {
        let folder = try Scratch()
        try Data(Photos.small(2)).write(to: URL(fileURLWithPath: folder.path + "/mark.jpg"))
        let edge = try Edge(settings: [
            "WATERMARKS": "{ logo: { file: '\(folder.path)/mark.jpg' } }",
            "PRESETS": "{ w: { options: 'watermark=logo' }, plain: { options: 'quality=40' } }",
            "DELIVERY_SIZES": entry, "DELIVERY_CLIENT_HINTS": "on",
        ])
        let hash = try edge.upload(try Photos.small(1))
        let parts = entry.split(separator: "?", maxSplits: 1)
        let path = parts[0] == "optimized" ? "/optimized/\(hash)" : "/thumbs/\(parts[0])/\(hash)"
        let target = "\(path)?\(parts[1])"
        #expect(try edge.ask(target, ["Sec-CH-DPR: 2", "Sec-CH-Width: 33"]).status == 200)
        for document in ["/images/\(hash)", "/images"] {
            let text = try edge.ask(document).text
            #expect(parts[0] == "optimized" || text.contains("\"\(target)\""), "\(text)")
        }
        #expect(edge.stop() == 0)
    }

    @Test func hintsKeepTheNamesOfAURL() throws {
        let folder = try Scratch()
        try Data(Photos.small(2)).write(to: URL(fileURLWithPath: folder.path + "/mark.jpg"))
        let edge = try Edge(settings: [
            "WATERMARKS": "{ logo: { file: '\(folder.path)/mark.jpg' } }",
            "PRESETS": "{ w: { options: 'watermark=logo' } }", "DELIVERY_CLIENT_HINTS": "on",
        ])
        let hash = try edge.upload(try Photos.small(1))
        for query in ["watermark=logo", "preset=w"] {
            let hinted = try edge.ask("/thumbs/64x/\(hash).jpg?\(query)", ["Sec-CH-DPR: 2"])
            let written = try edge.ask("/thumbs/64x/\(hash).jpg?dpr=2&\(query)")
            #expect(hinted.status == 200 && hinted["etag"] == written["etag"], "\(hinted)")
        }
        #expect(edge.stop() == 0)
    }

    @Test func aWatermarkThatIsNotThereKeepsTheEdgeFromStarting() throws {
        #expect {
            _ = try Edge(settings: ["WATERMARKS": "{ logo: { file: '/nonexistent/mark.png' } }"])
        } throws: { error in
            (error as? Edge.DidNotStart)?.output.contains("watermarks.logo") == true
        }
    }

    @Test func qualityAndBytesAreFound() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let plain = try edge.ask("/thumbs/400x/\(hash).jpg")
        let limit = plain.content.count / 2
        let small = try edge.ask("/thumbs/400x/\(hash).jpg?maxbytes=\(limit)")
        #expect(small.status == 200 && small.content.count <= limit)
        let least = try edge.ask("/thumbs/400x/\(hash).jpg?maxbytes=1000")
        #expect(least.status == 422 && least.text.contains("fit 1000 bytes"), "\(least)")
        // Of this size alone: the picture itself is none the worse.
        #expect(try edge.ask("/thumbs/401x/\(hash).jpg").status == 200)
        let automatic = try edge.ask("/thumbs/400x/\(hash).webp?quality=auto")
        #expect(automatic.status == 200 && automatic["content-type"] == "image/webp")
    }
}
