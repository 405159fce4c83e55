import Foundation
import TestSupport
import Testing

/// A bucket of somebody else's, as `curl` puts objects into it and, in Ceph, has its events sent.
final class ForeignBucket {
    let engine: StoreEngine
    let name = "raw-" + UUID().uuidString.lowercased()
    private let folder: Scratch
    private var topics: [String] = []

    init(_ engine: StoreEngine) throws {
        (self.engine, folder) = (engine, try Scratch())
        try ask("PUT", "")
    }

    deinit {
        for topic in topics { _ = try? topicCall(["Action": "DeleteTopic", "TopicArn": topic]) }
    }

    /// The edge's setting that names it.
    func setting(_ more: String = "") -> String {
        "{name: '\(name)', endpoint: '\(engine.endpoint)', accessKey: '\(engine.accessKey)', "
            + "secretKey: '\(engine.secretKey)'\(more.isEmpty ? "" : ", \(more)")}"
    }

    func put(_ key: String, _ bytes: [UInt8]) throws {
        try ask("PUT", "/" + Self.encoded(key), body: bytes)
    }

    /// Many, by one process.
    func putAll(_ objects: [(key: String, bytes: [UInt8])]) throws {
        var lines: [String] = []
        for (number, object) in objects.enumerated() {
            try folder.write(object.bytes, to: "object-\(number)")
            if number > 0 { lines.append("next") }
            lines += [
                "url = \"\(place)/\(name)/\(Self.encoded(object.key))\"",
                "request = PUT", "aws-sigv4 = \"aws:amz:us-east-1:s3\"",
                "fail", "silent", "path-as-is",
                "header = \"Content-Type: image/jpeg\"",
                "header = \"x-amz-content-sha256: \(contentHash(object.bytes))\"",
                "data-binary = \"@\(folder.path("object-\(number)"))\"",
            ]
        }
        try folder.write(Array(lines.joined(separator: "\n").utf8), to: "all")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments = ["--config", folder.path("all")]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    func delete(_ key: String) throws { try ask("DELETE", "/" + Self.encoded(key)) }

    /// `nil`: nothing has this name.
    func get(_ key: String) throws -> [UInt8]? {
        let answer = try curl("GET", "/\(name)/" + Self.encoded(key))
        return answer.status == 200 ? answer.content : nil
    }

    /// Fields of an object, names in lower case; none where there is none.
    func fields(_ key: String) throws -> [String: String] {
        let answer = try curl("HEAD", "/\(name)/" + Self.encoded(key))
        guard answer.status == 200 else { return [:] }
        var fields: [String: String] = [:]
        for line in String(decoding: answer.content, as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return fields
    }

    /// Of all objects.
    func names() throws -> [String] {
        let listing = String(decoding: try curl("GET", "/\(name)").content, as: UTF8.self)
        return listing.matches(of: #/<Key>([^<]*)</Key>/#).map { String($0.output.1) }
    }

    /// Has Ceph send its events there, within the request that makes them.
    ///
    /// - Parameter isPersistent: kept by Ceph, and sent until they are answered 200.
    func notify(_ url: String, isPersistent: Bool = false) throws {
        let topic = "t-" + UUID().uuidString.lowercased()
        let answer = try topicCall([
            "Action": "CreateTopic", "Name": topic, "Attributes.entry.1.key": "push-endpoint",
            "Attributes.entry.1.value": url, "Attributes.entry.2.key": "persistent",
            "Attributes.entry.2.value": "\(isPersistent)",
        ])
        let document = String(decoding: answer, as: UTF8.self)
        let place = try #require(
            document.firstMatch(of: #/<TopicArn>(.*)</TopicArn>/#), "\(document)")
        topics.append(String(place.output.1))
        let events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"].map { "<Event>\($0)</Event>" }
        try ask(
            "PUT", "?notification=",
            body: Array(
                """
                <NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
                <TopicConfiguration><Id>edge</Id><Topic>\(place.output.1)</Topic>\
                \(events.joined())</TopicConfiguration></NotificationConfiguration>
                """.utf8))
    }

    /// An event as Ceph writes it.
    func event(_ keys: [String], name: String = "ObjectCreated:Put") throws -> [UInt8] {
        let records = keys.map { key -> [String: Any] in
            [
                "eventVersion": "2.2", "eventSource": "ceph:s3", "eventName": name,
                "s3": [
                    "bucket": ["name": self.name],
                    "object": ["key": key, "sequencer": "\(Int.random(in: 0..<1 << 40))"],
                ],
            ]
        }
        return Array(try JSONSerialization.data(withJSONObject: ["Records": records]))
    }

    // MARK: Asking

    /// With the keys in it: one may have a colon, at which `--user` would be split.
    private var place: String {
        let keys = [engine.accessKey, engine.secretKey].map { Self.encoded($0, slash: false) }
        return engine.endpoint.replacing("://", with: "://\(keys.joined(separator: ":"))@")
    }

    @discardableResult
    private func ask(_ method: String, _ rest: String, body: [UInt8] = []) throws -> [UInt8] {
        let answer = try curl(method, "/\(name)\(rest)", body: body)
        try #require((200..<300).contains(answer.status), "\(method) \(rest): \(answer)")
        return answer.content
    }

    private func topicCall(_ fields: [String: String]) throws -> [UInt8] {
        let form = fields.map { "\($0.key)=\(Self.encoded($0.value, slash: false))" }
            .joined(separator: "&")
        return try curl(
            "POST", "/", body: Array(form.utf8), type: "application/x-www-form-urlencoded"
        )
        .content
    }

    private func curl(
        _ method: String, _ target: String, body: [UInt8] = [], type: String = "image/jpeg"
    ) throws -> (status: Int, content: [UInt8]) {
        let file = "\(UUID().uuidString)"
        try folder.write(body, to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments = [
            "-sS", "--path-as-is", "-o", folder.path(file + ".out"), "-w", "%{http_code}", "-X",
            method,
            "--aws-sigv4", "aws:amz:us-east-1:s3",
            "-H", "Content-Type: \(type)", "-H", "x-amz-content-sha256: \(contentHash(body))",
            place + target,
        ]
        if method == "HEAD" { process.arguments? += ["-I"] }
        if !body.isEmpty { process.arguments? += ["--data-binary", "@" + folder.path(file)] }
        let out = Pipe()
        process.standardOutput = out
        try process.run()
        let status = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let content =
            (try? Data(contentsOf: URL(fileURLWithPath: folder.path(file + ".out")))) ?? Data()
        return (Int(String(decoding: status, as: UTF8.self)) ?? 0, Array(content))
    }

    private static func encoded(_ text: String, slash: Bool = true) -> String {
        text.utf8.map { byte in
            let isPlain =
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || "-._~".utf8.contains(byte) || slash && byte == UInt8(ascii: "/")
            return isPlain
                ? String(UnicodeScalar(byte)) : "%" + String(format: "%02X", byte)
        }.joined()
    }
}

extension Edge {
    /// Of all images, page by page.
    func imageNames() throws -> [String] {
        var (names, target): ([String], String?) = ([], "/images?limit=100")
        while let next = target {
            let page = try ask(next).object
            let images = try #require(page["images"] as? [[String: Any]])
            names += images.compactMap { $0["name"] as? String }
            target = (page["next"] as? String).map { "/images?limit=100&cursor=\($0)" }
        }
        return names
    }
}
