import Foundation
import TestSupport
import Testing

/// Made-up requests to every route, under configurations with every kind of entry: whatever is
/// asked, the edge answers, never with 500, and goes on.
@Suite struct RequestFuzzTests {
    private static let settings: [[String: String]] = [
        [:], ["DELIVERY_SIZES": "signed", "DELIVERY_ORIGINALS": "signed"],
        ["DELIVERY_SIZES": "signed", "DELIVERY_SIGNING_KEYS": Signing.keys],
        [
            "DELIVERY_SIZES": "['32x','x24?dpr=2','9x9?fit=cover','16x?watermark=logo',"
                + "'16x?preset=w','16x?preset=w&watermark=none','optimized?preset=w']",
            "DELIVERY_CLIENT_HINTS": "on", "PRESETS": presets, "WATERMARKS": watermarks,
            "DELIVERY_SIGNING_KEYS": Signing.keys,
        ],
        [
            "DELIVERY_CLIENT_HINTS": "on", "PRESETS": presets, "WATERMARKS": watermarks,
            "LIMITS_OUTPUT_SIDE": "40", "DELIVERY_ORIGINALS": "off",
        ],
        [
            "AUTH_INDEX": "token", "AUTH_UPLOADS": "token", "CORS_ORIGINS": "https://a.example",
            "CORS_CREDENTIALS": "on", "QUOTAS_TOKEN_REQUESTS_PER_SECOND": "1000000",
        ],
    ]
    private static let presets =
        "{ w: { size: '8x', options: 'watermark=logo', eager: true }, q: { options: 'fit=cover' } }"
    private static let watermarks = "{ logo: { file: '@/mark.jpg' } }"

    @Test(arguments: settings.indices)
    func everyRequestIsAnsweredAndTheEdgeLives(choice: Int) throws {
        let folder = try Scratch()
        try Data(Photos.small(2)).write(to: URL(fileURLWithPath: folder.path + "/mark.jpg"))
        let edge = try Edge(
            folder: folder,
            settings: Self.settings[choice].mapValues { $0.replacing("@", with: folder.path) })
        let photo = try Photos.small(1)
        let posted = try edge.ask("POST", "/images?owner=o&tags=a", body: photo)
        #expect(posted.status == (choice == 5 ? 401 : 201), "\(posted)")
        var random = SystemRandomNumberGenerator()
        for _ in 0..<600 {
            let request = Self.request(contentHash(photo), using: &random)
            let answer = try edge.ask(
                request.method, request.target, request.fields, body: request.body)
            #expect(answer.status != 500 && answer.status >= 200, "\(request): \(answer)")
        }
        #expect(try edge.ask("GET", "/livez", admin: true).status == 200)
        #expect(edge.stop() == 0)
    }

    private struct Request {
        let method: String
        let target: String
        let fields: [String]
        let body: [UInt8]
    }

    private static func request(
        _ hash: String, using random: inout some RandomNumberGenerator
    ) -> Request {
        func one(_ of: [String]) -> String { of.randomElement(using: &random) ?? "" }
        let hash = one([
            hash, hash, hash, hash.uppercased(), String(repeating: "0", count: 64), "x",
        ])
        let query = (0..<Int.random(in: 0...3, using: &random)).map { _ in one(Self.pairs) }
            .joined(separator: one(["&", "&", "&&"]))
        let ending = one(["", ".jpg", ".png", ".webp", ".jpeg", ".x"])
        let path = one([
            "/thumbs/\(one(sizes))/\(hash)\(ending)", "/optimized/\(hash)\(ending)",
            "/originals/\(hash)", "/images", "/images/\(hash)", "/images/\(hash)/similar",
            "/openapi.json", "/", "*", "/%74humbs/9x/\(hash)",
        ])
        let method = one(["GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "PATCH", "TRACE", "X"])
        let count = Int.random(in: 0...3, using: &random)
        let fields = (0..<count).map { _ in one(Self.fields) }
        let body = method == "PATCH" ? one(Self.patches) : ""
        let target = query.isEmpty ? path : "\(path)?\(query)"
        return Request(
            method: path == "*" ? "OPTIONS" : method, target: path == "*" ? path : target,
            fields: fields, body: Array(body.utf8))
    }

    private static let patches = [
        "{}", #"{"name":"x"}"#, "[", #"{"tags":[1]}"#, #"{"focus":{"x":0.1,"y":1}}"#,
        #"{"focus":{"x":1e400,"y":-1}}"#, #"{"focus":null}"#,
    ]

    private static let sizes = [
        "32x", "x24", "9x9", "16x", "40x40", "1x1", "x", "0x0", "99999x1", "8192x", "-1x", "9",
    ]
    private static let pairs = [
        "fit=cover", "fit=outside", "gravity=0.5,1", "gravity=attention", "dpr=2", "dpr=4",
        "enlarge=1", "background=ff000080", "quality=auto", "quality=1", "maxbytes=1000",
        "rotate=90", "flip=hv", "blur=0.3", "sharpen=10", "trim=100", "animated=1",
        "watermark=logo",
        "watermark=none", "watermark=x", "preset=w", "preset=q", "preset=x", "expires=1",
        "expires=9999999999", "signature=k1.AAAAAAAAAAAAAAAAAAAAAA", "signature=", "x", "=", "%",
        "fit=inside", "rotate=0", "limit=1", "limit=0", "limit=9999999999999999999999",
        "cursor=AAAA",
        "since=2026-01-31T12:00:00%2B01:00", "until=0000-01-01T00:00:00Z", "owner=o", "tag=a",
        "type=image/jpeg", "status=ready", "name=%F0%9F%90%88", "distance=64", "distance=-1",
    ]
    private static let fields = [
        "Range: bytes=0-", "Range: bytes=-1,0-0,5-9", "Range: bytes=99999999999999999999-",
        "If-None-Match: *", "If-None-Match: \"x\", W/\"y\"", "If-Match: \"x\"",
        "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "If-Range: \"x\"",
        "If-Unmodified-Since: Fri, 31 Dec 9999 23:59:59 GMT", "Accept: image/webp", "Accept: ;;,q=",
        "Sec-CH-DPR: 3.5", "Sec-CH-Width: 17", "Sec-CH-DPR: 99999999.999", "Sec-CH-Width: 99999999",
        "Authorization: Bearer x", "Authorization: Basic eA==", "Origin: https://a.example",
        "Origin: null", "Expect: 100-continue", "Content-Type: application/json",
        "Accept: image/png",
        "Connection: close", "Content-Digest: sha-256=:AA==:",
    ]
}
