import Foundation
import TestSupport
import Testing

/// Same recipe, same bytes: whoever makes a rendition, when, and of what was at hand.
@Suite struct SameBytesTests {
    /// Of a photo that has a master, of one with alpha, of a film, and of one with a border.
    private static let recipes: [(picture: Int, target: String)] = [
        (0, "thumbs/320x/H.jpg"), (0, "thumbs/200x200/H.png?fit=cover"), (0, "thumbs/333x/H.webp"),
        (0, "thumbs/120x/H.avif"), (0, "thumbs/150x/H.jxl"), (0, "thumbs/100x/H.gif"),
        (0, "thumbs/1600x/H.jpg?quality=70"), (0, "thumbs/240x/H.jpg?quality=auto"),
        (0, "thumbs/200x/H.webp?maxbytes=6000"),
        (0, "thumbs/90x90/H.jpg?fit=cover&gravity=entropy"),
        (0, "thumbs/160x/H.jpg?rotate=90&flip=h&blur=2"), (0, "thumbs/180x/H.png?trim=10"),
        (0, "thumbs/100x100/H.jpg?fit=contain&background=ff8800&sharpen=1"),
        (1, "thumbs/60x/H.png"), (1, "thumbs/61x/H.webp"), (1, "thumbs/62x/H.jpg"),
        (1, "thumbs/63x/H.avif"), (1, "optimized/H.jxl"), (1, "thumbs/64x/H.gif"),
        (1, "thumbs/100x60/H.png?fit=contain&background=00ff0080"),
        (2, "thumbs/40x/H.webp?animated=1"), (2, "thumbs/40x/H.gif?animated=1"),
        (2, "thumbs/40x40/H.webp?fit=cover&gravity=attention&animated=1"),
        (2, "thumbs/50x/H.jpg"),
        (3, "thumbs/301x/H.jpg?trim=20"), (3, "thumbs/801x/H.jpg?trim=20"),
        (3, "thumbs/302x/H.avif?trim=20"), (3, "thumbs/303x/H.jpg"),
    ]

    private let pictures: [[UInt8]]
    private let folder: Scratch

    init() throws {
        folder = try Scratch()
        let film = """
            import sys; from PIL import Image
            frames = [Image.radial_gradient('L').resize((120, 80)).rotate(a) for a in (0, 30, 60)]
            frames[0].save(sys.stdout.buffer, 'WEBP', save_all=True, append_images=frames[1:])
            """
        pictures = [
            try Photos.one(), try Photos.pillow("png", mode: "RGBA", size: (400, 300)),
            try run("/usr/bin/python3", ["-c", film]).output, try Photos.framed(),
        ]
    }

    private struct Made: Equatable {
        let etag: String?
        let content: [UInt8]
    }

    @Test func whoeverMakesItAndWhenever() throws {
        var edge = try Edge(folder: folder, settings: ["WORKERS": "1"])
        for picture in pictures { try edge.upload(picture) }
        // One after the other: each is made of what the one before may have left.
        let first = try ask(edge, Array(Self.recipes.indices), atOnce: false)
        func expectTheSame(_ how: String, _ order: [Int], atOnce: Bool) throws {
            let again = try ask(edge, order, atOnce: atOnce)
            for (index, made) in again where made != first[index] {
                Issue.record("\(how): \(Self.recipes[index].target)")
            }
        }
        let order = Array(Self.recipes.indices)
        try forget(edge)
        try expectTheSame("again, the other way round", order.reversed(), atOnce: false)
        try forget(edge)
        edge.signalWorkers(SIGKILL)
        try expectTheSame("by another worker, many at once", order.shuffled(), atOnce: true)
        for (lost, how) in [
            (["/cache"], "after a restart"), (["/cache", "/masters"], "unmastered"),
        ] {
            #expect(edge.stop() == 0)
            for name in lost { try FileManager.default.removeItem(atPath: folder.path + name) }
            edge = try Edge(folder: folder, settings: ["WORKERS": "2"])
            try expectTheSame("\(how), by two workers", order.shuffled(), atOnce: true)
        }
    }

    /// Drops the renditions, so that all are made anew.
    private func forget(_ edge: Edge) throws {
        for picture in pictures {
            #expect(
                try edge.ask("POST", "/purge/\(contentHash(picture))", admin: true).status == 200)
        }
    }

    /// None of them may be a hit.
    private func ask(_ edge: Edge, _ order: [Int], atOnce: Bool) throws -> [Int: Made] {
        var found: [Int: Made] = [:]
        let hashes = pictures.map(contentHash)
        func target(_ index: Int) -> String {
            let (picture, target) = Self.recipes[index]
            return "/" + target.replacing("H.", with: hashes[picture] + ".")
        }
        func take(_ answer: Answer, _ index: Int) throws {
            try #require(answer.status == 200 && !answer.isHit, "\(target(index)): \(answer)")
            found[index] = Made(etag: answer["etag"], content: answer.content)
        }
        if atOnce {
            let asked = try order.map { index in
                let connection = try edge.connection()
                try connection.send(Edge.head("GET", target(index)))
                return (connection, index)
            }
            for (connection, index) in asked { try take(try connection.readAnswer(), index) }
        } else {
            for index in order { try take(try edge.ask(target(index)), index) }
        }
        return found
    }
}
