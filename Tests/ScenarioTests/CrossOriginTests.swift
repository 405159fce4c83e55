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
        /// Of the index, if that is another answer.
        var isForIndex = true
        var varies = false
        var sendsCredentials = false
    }

    static let cases = [
        Case(
            origins: "*", origin: "https://a.example", allowed: "*", isForIndex: false),
        Case(origins: "*", origin: nil, allowed: "*", isForIndex: false),
        Case(
            origins: "*", credentials: "on", origin: "https://a.example", allowed: "*",
            isForIndex: false),
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
        let hash = try edge.upload(photo)
        let fields = rule.origin.map { ["Origin: \($0)"] } ?? []
        var answers = [
            ("upload /images", try edge.ask("POST", "/images", fields, body: photo)),
            ("refusal /images", try edge.ask("POST", "/images", fields, body: Array("x".utf8))),
        ]
        for (method, target) in [
            ("GET", "/thumbs/50x50/\(hash)"), ("GET", "/thumbs/50x50/\(hash)"),
            ("HEAD", "/thumbs/50x50/\(hash)"), ("GET", "/thumbs/50x50/\(hash).jpg?fit=inside"),
            ("GET", "/originals/\(hash)"), ("GET", "/images/\(hash)"), ("GET", "/images"),
            ("GET", "/thumbs/50x50/\(Self.hash).jpg"), ("GET", "/thumbs/0x0/\(hash).jpg"),
            ("POST", "/thumbs/50x50/\(hash)"),
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
            let allowed = rule.isForIndex || !name.contains("/images") ? rule.allowed : nil
            #expect(answer["access-control-allow-origin"] == allowed, "\(name): \(answer)")
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
        let edge = try Edge(settings: [
            "AUTH_UPLOADS": "token", "AUTH_INDEX": "token",
            "CORS_ORIGINS": "https://page.example",
        ])
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
        #expect(answer["access-control-allow-origin"] == "https://page.example")
        #expect(answer["access-control-max-age"] == "86400")
        #expect(answer["cache-control"] == "public, max-age=86400")
    }

    /// Dropzone, Fine Uploader, rc-upload, FilePond, Uppy, tus; and what nobody has thought of yet.
    @Test(arguments: [
        "cache-control,x-requested-with", "x-file-name, x-file-size ,x-mime-type", "Upload-Length",
        "tus-resumable,upload-offset,upload-metadata", "x-something-of-ours",
    ])
    func whatAWidgetSendsIsAllowed(fields: String) throws {
        let edge = try Edge(settings: ["CORS_ORIGINS": "https://page.example"])
        let answer = try edge.ask(
            "OPTIONS", "/images",
            [
                "Origin: https://page.example", "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: \(fields)",
            ])
        let wanted = fields.split { $0 == "," || $0 == " " }.joined(separator: ", ")
        #expect(answer["access-control-allow-headers"] == wanted, "\(answer)")
    }

    /// What is no name is not sent back, nor more than a kilobyte or two.
    @Test func whatIsNoFieldNameIsNotAllowed() throws {
        let edge = try Edge()
        let long = (0..<100).map { "x-\(String(repeating: "a", count: 40))-\($0)" }
        let answer = try edge.ask(
            "OPTIONS", "/images",
            ["Access-Control-Request-Headers: <b>, a b, x-good, \(long.joined(separator: ","))"])
        let allowed = try #require(answer["access-control-allow-headers"])
        #expect(allowed.hasPrefix("x-good, x-aaa") && allowed.utf8.count <= 2048, "\(answer)")
    }

    /// What PDF.js and geotiff.js read of ranges, and uploaders of what they made.
    @Test func scriptsMayReadWhatTheyNeedOfAnAnswer() throws {
        for credentials in ["off", "on"] {
            let edge = try Edge(settings: [
                "CORS_ORIGINS": "https://page.example", "CORS_CREDENTIALS": credentials,
            ])
            let created = try edge.ask("POST", "/images", body: try Photos.small(1))
            let refused = try edge.ask("POST", "/images", body: Array("x".utf8))
            let hash = contentHash(try Photos.small(1))
            let part = try edge.ask("GET", "/originals/\(hash)", ["Range: bytes=0-9"])
            let hit = try edge.ask("/thumbs/50x/\(hash).jpg")
            #expect(part.status == 206 && hit.status == 200)
            for answer in [created, refused, part, hit] {
                let names = answer["access-control-expose-headers"]?
                    .components(separatedBy: ", ")
                let wanted: Set = [
                    "ETag", "Location", "Link", "Retry-After", "X-Request-Id", "Content-Range",
                    "Accept-Ranges", "Content-Length", "Repr-Digest",
                ]
                #expect(
                    credentials == "off"
                        ? names == ["*"] : wanted.isSubset(of: names ?? []), "\(answer)")
            }
        }
    }
}
