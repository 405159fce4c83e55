import Foundation
import Testing

/// A page that asks for whatever the grammar has, against a list of sizes.
@Suite struct MaliciousPageTests {
    @Test func tenThousandRecipesMakeNoMoreThanTheListAllows() throws {
        let edge = try Edge(settings: [
            "DELIVERY_SIZES": "64x64,96x?dpr=2", "DELIVERY_SIGNING_KEYS": Signing.keys,
            "DELIVERY_CLIENT_HINTS": "on", "PRESETS": "{ small: { options: 'quality=40' } }",
        ])
        let hash = try edge.upload(try Photos.small(1))
        let decodes = try edge.decodes()
        let connection = try edge.connection()
        var statuses: [Int: Int] = [:]
        let targets = Self.targets(hash)
        #expect(Set(targets).count == 10_000)
        for start in stride(from: 0, to: targets.count, by: 50) {
            let batch = targets[start..<start + 50]
            let heads = batch.enumerated().map { index, target in
                Edge.head("GET", target, Self.fields[(start + index) % Self.fields.count])
            }
            try connection.send(heads.joined())
            for _ in batch {
                let answer = try connection.readAnswer()
                statuses[answer.status, default: 0] += 1
            }
        }
        let served = [200, 206, 304].compactMap { statuses[$0] }.reduce(0, +)
        let refused = [308, 400, 403].compactMap { statuses[$0] }.reduce(0, +)
        #expect(served == 10 && refused == 9_990, "\(statuses)")
        // What is listed, without an extension, in as many ways as a client can put it.
        for number in 0..<500 {
            let fields = ["Accept: \(Self.accept(number))", "Sec-CH-DPR: \(number % 9)"]
            let target = targets[number % 2]
            try connection.send(Edge.head("GET", target, fields))
            #expect(try connection.readAnswer().status == 200, "\(fields)")
        }
        // Two sizes; four formats, and what is negotiated is one of them.
        #expect(try edge.reaches("pollex_cache_insertions_total", 8))
        #expect(try edge.decodes() - decodes <= 8)
        #expect(try edge.total("pollex_cache_misses_total") == 8)
        #expect(try edge.ask("/thumbs/64x64/\(hash).jpg").isHit)
    }

    private static let fields = [
        [], ["Accept: image/avif"], ["Accept: image/webp, image/*"], ["Sec-CH-DPR: 3"],
        ["Sec-CH-Width: 77", "Sec-CH-DPR: 1.5"], ["If-None-Match: *"], ["Range: bytes=0-"],
    ]

    private static func accept(_ number: Int) -> String {
        let types = ["image/avif", "image/webp", "image/png", "*/*", "image/jxl", "text/html"]
        return types.indices.filter { number >> $0 & 1 == 1 }
            .map { "\(types[$0]);q=0.\(1 + (number + $0) % 9)" }.joined(separator: " , ")
    }

    /// The listed ones in every format, among others that differ in one thing or in many.
    private static func targets(_ hash: String) -> [String] {
        let formats = ["", ".jpg", ".png", ".webp", ".avif"]
        var targets = formats.flatMap {
            ["/thumbs/64x64/\(hash)\($0)", "/thumbs/96x/\(hash)\($0)?dpr=2"]
        }
        let kinds = 16
        for number in 1...9990 {
            let side = 1 + number / kinds
            let (part, rest) = (side % 100 + 1, side / 100 + 1)
            let hash = number % kinds == 9 ? hash.uppercased() : hash
            let file = "\(hash)\(formats[number % 5])"
            let target =
                switch number % kinds {
                case 0: "/thumbs/\(64 + side)x64/\(file)"
                case 1: "/thumbs/64x64/\(file)?quality=\(part)&trim=\(rest)"
                case 2: "/thumbs/64x64/\(file)?blur=\(side)"
                case 3: "/thumbs/64x64/\(file)?fit=cover&gravity=0.\(side),0.5"
                case 4: "/thumbs/64x64/\(file)?background=\(100_000 + side)"
                case 5: "/optimized/\(file)?background=\(100_000 + side)"
                case 6: "/thumbs/96x/\(file)?dpr=2&expires=\(side)"
                case 7: "/thumbs/64x64/\(file)?signature=k1.\(side)"
                case 8: "/thumbs/x\(side)/\(file)"
                case 9: "/thumbs/\(side)x\(side)/\(file)"
                case 10: "/thumbs/64x64/\(file)?dpr=1.5&quality=\(part)&sharpen=\(rest)"
                case 11: "/thumbs/96x/\(file)?enlarge=1&dpr=2&quality=\(part)&blur=\(rest)"
                case 12: "/thumbs/64x64/\(file)?preset=small&trim=\(part)&sharpen=\(rest)"
                case 13: "/thumbs/64x64/\(file)?q%75ality=\(part)&trim=\(rest)"
                case 14: "/thumbs/064x64/\(file)?fit=inside&trim=\(part)&blur=\(rest)"
                default: "/thumbs/\(side)x/\(file)?rotate=90&flip=h"
                }
            targets.append(target)
        }
        return targets
    }
}
