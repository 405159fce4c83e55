import Foundation
import Testing

/// What pages of other origins may read (Fetch standard, CORS protocol).
@Suite struct CrossOriginTests {
    private static let hash = String(repeating: "ab", count: 32)

    /// A configuration, the `Origin` a page sends, and what it is answered.
    struct Case: Sendable {
        let origins: String
        var credentials = "off"
        let origin: String?
        let allowed: String?
        var varies = false
        var sendsCredentials = false
    }

    static let cases = [
        Case(origins: "*", origin: "https://a.example", allowed: "*"),
        Case(origins: "*", origin: nil, allowed: "*"),
        Case(origins: "*", credentials: "on", origin: "https://a.example", allowed: "*"),
        Case(origins: "", origin: "https://a.example", allowed: nil),
        Case(
            origins: "https://a.example", origin: "https://b.example",
            allowed: "https://a.example"),
        Case(
            origins: "https://a.example", credentials: "on", origin: "https://a.example",
            allowed: "https://a.example", sendsCredentials: true),
        Case(
            origins: "https://a.example,http://b.example:8080", origin: "http://b.example:8080",
            allowed: "http://b.example:8080", varies: true),
        Case(
            origins: "https://a.example,http://b.example:8080", credentials: "on",
            origin: "https://a.example", allowed: "https://a.example", varies: true,
            sendsCredentials: true),
        Case(
            origins: "https://a.example,http://b.example:8080", credentials: "on",
            origin: "https://a.example.evil", allowed: nil, varies: true),
        Case(
            origins: "https://a.example,http://b.example:8080", origin: "null", allowed: nil,
            varies: true),
        Case(
            origins: "https://a.example,http://b.example:8080", origin: nil, allowed: nil,
            varies: true),
    ]

    /// Hits, misses, redirects, errors, the index, uploads and preflights alike.
    @Test(arguments: cases)
    func everyAnswerSaysWhoMayReadIt(rule: Case) throws {
        let edge = try Edge(settings: [
            "CORS_ORIGINS": rule.origins, "CORS_CREDENTIALS": rule.credentials,
        ])
        let photo = try Photos.small(1)
        let fields = rule.origin.map { ["Origin: \($0)"] } ?? []
        var answers = [
            ("upload", try edge.ask("POST", "/images", fields, body: photo)),
            ("refusal", try edge.ask("POST", "/images", fields, body: Array("x".utf8))),
        ]
        let hash = contentHash(photo)
        for (method, target) in [
            ("GET", "/thumbs/50x50/\(hash)"), ("GET", "/thumbs/50x50/\(hash)"),
            ("HEAD", "/thumbs/50x50/\(hash)"), ("GET", "/thumbs/50x50/\(hash).jpg?fit=inside"),
            ("GET", "/originals/\(hash)"), ("GET", "/images/\(hash)"), ("GET", "/images"),
            ("GET", "/thumbs/50x50/\(Self.hash).jpg"), ("GET", "/thumbs/0x0/\(hash).jpg"),
            ("GET", "/nothing"), ("POST", "/thumbs/50x50/\(hash)"),
            ("OPTIONS", "/images"), ("OPTIONS", "/images/\(hash)"),
            ("OPTIONS", "/originals/\(hash)"), ("OPTIONS", "/thumbs/50x50/\(hash)"),
        ] {
            answers.append(("\(method) \(target)", try edge.ask(method, target, fields)))
        }
        let tag = try #require(answers[2].1["etag"])
        let unchanged = try edge.ask(
            "GET", "/thumbs/50x50/\(hash)", fields + ["If-None-Match: \(tag)"])
        #expect(unchanged.status == 304)
        answers.append(("304", unchanged))
        for (name, answer) in answers {
            #expect(answer["access-control-allow-origin"] == rule.allowed, "\(name): \(answer)")
            let vary = answer.fields.filter { $0.name == "vary" }.map(\.value)
            #expect(vary.contains("Origin") == rule.varies, "\(name): \(answer)")
            #expect(
                answer["access-control-allow-credentials"]
                    == (rule.sendsCredentials ? "true" : nil), "\(name)")
        }
    }

    @Test(arguments: [
        ("/images", "POST", "content-type,authorization"),
        ("/images/\(hash)", "DELETE", "authorization"),
        ("/images/\(hash)", "PATCH", "content-type"),
        ("/originals/\(hash)", "PUT", "content-digest"), ("/originals/\(hash)", "GET", "range"),
        ("/thumbs/50x50/\(hash).jpg", "GET", "if-none-match"),
        ("/optimized/\(hash)", "GET", "range"),
    ])
    func preflightsAreAnsweredWithoutATokenAndKept(
        target: String, method: String, fields: String
    ) throws {
        let edge = try Edge(settings: ["AUTH_UPLOADS": "token", "AUTH_INDEX": "token"])
        let answer = try edge.ask(
            "OPTIONS", target,
            [
                "Origin: https://page.example", "Access-Control-Request-Method: \(method)",
                "Access-Control-Request-Headers: \(fields)",
            ])
        #expect(answer.status == 204, "\(answer)")
        let methods = (answer["access-control-allow-methods"] ?? "").components(separatedBy: ", ")
        #expect(methods.contains(method), "\(answer)")
        let names = (answer["access-control-allow-headers"] ?? "").lowercased()
            .components(separatedBy: ", ")
        #expect(Set(names).isSuperset(of: fields.components(separatedBy: ",")), "\(answer)")
        #expect(answer["access-control-max-age"] == "86400")
        #expect(answer["cache-control"] == "public, max-age=86400")
    }

    @Test func scriptsMayReadWhatTheyNeedOfAnAnswer() throws {
        let edge = try Edge()
        let created = try edge.ask("POST", "/images", body: try Photos.small(1))
        let refused = try edge.ask("POST", "/images", body: Array("x".utf8))
        for answer in [created, refused] {
            let names = answer["access-control-expose-headers"]?.components(separatedBy: ", ")
            let wanted = ["ETag", "Location", "Link", "Retry-After", "X-Request-Id"]
            #expect(Set(names ?? []) == Set(wanted), "\(answer)")
        }
    }
}
