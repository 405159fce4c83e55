import Foundation
import Glibc
import TestSupport
import Testing

/// TLS, by curl and by OpenSSL's own client.
@Suite(.enabled(if: ForeignProgram.areThere("curl", "openssl"))) struct SecureTests {
    private let folder: Scratch

    init() throws {
        folder = try Scratch()
        try certify("a", ["a.example", "127.0.0.1", "localhost"])
    }

    private func certify(_ name: String, _ names: [String]) throws {
        let (certificate, key) = (path("\(name).crt"), path("\(name).key"))
        for old in [certificate, key] { try? FileManager.default.removeItem(atPath: old) }
        let said = try run(
            CommandTests.program,
            ["tls", "self-signed"] + names + ["--certificate", certificate, "--key", key])
        try #require(said.status == 0, "\(said)")
    }

    private func path(_ name: String) -> String { folder.path(name) }

    /// One whose first listener speaks TLS with the certificate `a`.
    private func edge(_ more: [String: String] = [:]) throws -> Edge {
        let settings = [
            "TLS_CERTIFICATE": path("a.crt"), "TLS_KEY": path("a.key"), "AUTH_UPLOADS": "open",
        ]
        return try Edge(settings: settings.merging(more) { $1 })
    }

    private func curl(_ words: [String]) throws -> (output: String, status: Int32) {
        let said = try run("/usr/bin/curl", ["-s", "--cacert", path("a.crt")] + words)
        return (String(decoding: said.output, as: UTF8.self), said.status)
    }

    /// What `openssl s_client` says that has agreed with the edge, or not.
    private func agree(_ edge: Edge, port: UInt16? = nil, _ words: [String]) throws -> String {
        let command =
            "printf 'GET /none HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | "
            + "openssl s_client -ign_eof -connect 127.0.0.1:\(port ?? edge.port) \"$@\""
        let said = try run("/bin/sh", ["-c", command, "sh"] + words)
        return String(decoding: said.output, as: UTF8.self)
    }

    @Test(arguments: ["--http1.1", "--http2"]) func theSameIsServed(by version: String) throws {
        let edge = try edge()
        let photo = try Photos.one()
        let file = path("photo.jpg")
        try Data(photo).write(to: URL(fileURLWithPath: file))
        let origin = "https://127.0.0.1:\(edge.port)"
        let uploaded = try curl([
            version, "--data-binary", "@\(file)", "-H", "Content-Type: image/jpeg",
            "\(origin)/images", "-w", "\n%{http_code} %{http_version}",
        ])
        let expected = version == "--http2" ? "2" : "1.1"
        #expect(uploaded.output.hasSuffix("\n201 \(expected)"), "\(uploaded)")
        let hash = contentHash(photo)
        for target in ["/originals/\(hash)", "/thumbs/300x200/\(hash).jpg"] {
            for _ in 0..<2 {
                let got = try curl([
                    version, "\(origin)\(target)", "-o", path("got"), "-w", "%{http_code}",
                ])
                #expect(got.output == "200", "\(got)")
            }
            if target.hasPrefix("/originals") { #expect(try Photos.bytes(path("got")) == photo) }
        }
        let head = try curl([version, "-I", "\(origin)/thumbs/300x200/\(hash).jpg"])
        #expect(head.output.lowercased().contains("cache-status: pollex; hit"), "\(head)")
        #expect(!head.output.lowercased().contains("strict-transport"), "nobody asked for it")
        #expect(edge.stop() == 0)
    }

    @Test func theCertificateIsTheNamesElseTheFirst() throws {
        try certify("b", ["b.example"])
        try certify("c", ["*.b.example"])
        let files = ["a", "b", "c"].map {
            "{ certificate: '\(path("\($0).crt"))', key: '\(path("\($0).key"))' }"
        }
        let edge = try edge([
            "LISTENERS":
                "[{ address: '127.0.0.1:0', certificates: [\(files.joined(separator: ","))] }]"
        ])
        let port = try #require(edge.publicPorts.last)
        for (asked, shown) in [
            ("a.example", "a.example"), ("b.example", "b.example"), ("B.Example", "b.example"),
            ("x.b.example", "*.b.example"), ("x.y.b.example", "a.example"),
            ("other.example", "a.example"),
        ] {
            let said = try agree(edge, port: port, ["-servername", asked])
            #expect(said.contains("subject=CN = \(shown)\n"), "\(asked)")
        }
    }

    @Test func onlyWhatIsGoodIsSpoken() throws {
        let edge = try edge()
        for version in ["-tls1", "-tls1_1"] {
            let said = try agree(edge, [version, "-cipher", "ALL:@SECLEVEL=0"])
            #expect(said.contains("New, (NONE)"), "\(said)")
        }
        for version in ["-tls1_2", "-tls1_3"] {
            #expect(try agree(edge, [version]).contains("HTTP/1.1 404"))
        }
        #expect(try agree(edge, ["-alpn", "h3"]).contains("ALPN, server") == false)
        #expect(try agree(edge, ["-alpn", "h2,http/1.1"]).contains("ALPN protocol: h2"))
        #expect(try agree(edge, ["-tls1_3"]).contains("Max Early Data: 0"))
        // What speaks no TLS at all gets no answer, and harms nobody.
        let plain = try edge.connection()
        try plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = plain.readToEnd()
        #expect(try agree(edge, []).contains("HTTP/1.1 404"))
    }

    @Test func modernIsTheNewestAlone() throws {
        let edge = try edge(["TLS_VERSIONS": "modern", "HTTP2": "off"])
        #expect(try agree(edge, ["-tls1_2"]).contains("New, (NONE)"))
        #expect(try agree(edge, ["-tls1_3"]).contains("HTTP/1.1 404"))
        #expect(try agree(edge, ["-alpn", "h2,http/1.1"]).contains("ALPN protocol: http/1.1"))
    }

    /// By keys that a fleet shares; the first of the file encrypts.
    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func aSessionGoesOnAtAnotherEdgeWithTheSameKeys(version: String) throws {
        let keys = (0..<2).map { _ in
            (0..<160).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined() + "\n"
        }
        func write(_ text: String, to name: String) throws -> [String: String] {
            try text.write(toFile: path(name), atomically: true, encoding: .utf8)
            return ["TLS_TICKET_KEYS": path(name)]
        }
        let old = try edge(try write(keys[0], to: "old"))
        let rotated = try edge(try write(keys[1] + keys[0], to: "rotated"))
        let new = try edge(try write(keys[1], to: "new"))
        let alone = try edge()
        let (first, renewed) = (path("first"), path("renewed"))
        #expect(try agree(old, [version, "-sess_out", first]).contains("\nNew, TLS"))
        func goesOn(_ edge: Edge, _ session: String, _ more: [String] = []) throws -> Bool {
            try agree(edge, [version, "-sess_in", session] + more).contains("\nReused, TLS")
        }
        let again = path("again")
        #expect(try goesOn(old, first, ["-sess_out", again]))
        #expect(try goesOn(rotated, first, ["-sess_out", renewed]))
        #expect(try !goesOn(new, first))
        // OpenSSL's client keeps what it is given with a session of 1.2 that goes on to itself.
        if version == "-tls1_3" {
            #expect(try goesOn(new, renewed))
            // A ticket of 1.3 is for one use: whoever has used it gets the next one.
            #expect(try goesOn(old, again))
        }
        #expect(try !goesOn(alone, first))
    }

    @Test func newCertificatesCountUnderRunningDownloadsAndBrokenOnesDoNot() throws {
        let edge = try edge()
        let photo = try Photos.one()
        let file = path("photo.jpg")
        try Data(photo).write(to: URL(fileURLWithPath: file))
        let origin = "https://127.0.0.1:\(edge.port)"
        _ = try curl([
            "-T", file, "-X", "POST", "-H", "Content-Type: image/jpeg", "\(origin)/images",
        ])
        let trusted = path("trusted.crt")
        try FileManager.default.copyItem(atPath: path("a.crt"), toPath: trusted)
        let download = try ForeignProgram(
            "/usr/bin/curl",
            [
                "-s", "--http2", "--cacert", trusted, "--limit-rate", "100K", "-o", path("got"),
                "-w", "%{http_code} %{size_download}\n",
                "\(origin)/originals/\(contentHash(photo))",
            ])
        #expect(
            edge.waits {
                let size = try? FileManager.default.attributesOfItem(atPath: path("got"))[.size]
                return (size as? Int ?? 0) > 0
            })
        try certify("a", ["new.example", "127.0.0.1"])
        // By itself: nobody has sent a signal.
        #expect(try edge.waits { try agree(edge, []).contains("subject=CN = new.example\n") })
        #expect(download.awaitLine(seconds: 120) { $0 == "200 \(photo.count)" } != nil)

        try "broken".write(toFile: path("a.key"), atomically: true, encoding: .utf8)
        kill(edge.process.processIdentifier, SIGHUP)
        let key = path("a.key")
        #expect(
            edge.waits {
                edge.events("certificates-refused").contains {
                    ($0["reason"] as? String)?.hasPrefix("\(key): ") == true
                }
            })
        #expect(try agree(edge, []).contains("subject=CN = new.example\n"))
        #expect(edge.stop() == 0)
    }

    @Test func clientsMayHaveToShowACertificate() throws {
        try certify("client", ["balancer.example"])
        let listener =
            "{ address: '127.0.0.1:0', clients: '\(path("client.crt"))', certificates: "
            + "[{ certificate: '\(path("a.crt"))', key: '\(path("a.key"))' }] }"
        let edge = try edge(["LISTENERS": "[\(listener)]"])
        let port = try #require(edge.publicPorts.last)
        let target = "https://127.0.0.1:\(port)/none"
        let without = try curl([target, "-w", "%{http_code}", "-o", "/dev/null"])
        #expect(without.status != 0 && without.output == "000", "\(without)")
        // A ticket of a listener that asks nobody stands for no certificate.
        let session = path("session")
        _ = try agree(edge, ["-sess_out", session])
        let resumed = try agree(edge, port: port, ["-sess_in", session])
        #expect(!resumed.contains("HTTP/1.1"), "\(resumed)")
        for version in ["--http1.1", "--http2"] {
            let with = try curl([
                version, "--cert", path("client.crt"), "--key", path("client.key"), target, "-w",
                "%{http_code}", "-o", "/dev/null",
            ])
            #expect(with.output == "404", "\(with)")
        }
    }

    @Test func theCommandsSpeakIt() throws {
        let edge = try edge()
        let file = path("photo.jpg")
        let photo = try Photos.one()
        try Data(photo).write(to: URL(fileURLWithPath: file))
        func pollex(_ words: [String]) throws -> (output: String, status: Int32) {
            let said = try run(CommandTests.program, words)
            return (String(decoding: said.output, as: UTF8.self), said.status)
        }
        for host in ["127.0.0.1", "localhost"] {
            let to = ["--to", "https://\(host):\(edge.port)"]
            let put = try pollex(["put", file] + to + ["--ca", path("a.crt")])
            #expect(put.status == 0, "\(put)")
            let listed = try pollex(["ls"] + to + ["--ca", path("a.crt")])
            #expect(listed.output.contains(contentHash(photo)), "\(listed)")
            // Nobody vouches for it but itself.
            let distrusted = try pollex(["ls"] + to)
            #expect(distrusted.status == 1 && distrusted.output.contains("not trusted: self"))
        }
        try certify("b", ["b.example"])
        let wrong = try pollex(
            ["ls", "--to", "https://127.0.0.1:\(edge.port)", "--ca", path("b.crt")])
        #expect(wrong.status == 1 && wrong.output.contains("not trusted: "), "\(wrong)")
    }

    @Test func plainHTTPMaySendOnAndBrowsersMayBeToldToStay() throws {
        let edge = try edge([
            "LISTENERS": "[{ address: '127.0.0.1:0', redirect: 8443 }]",
            "TLS_STRICT_TRANSPORT_SECONDS": "3600",
        ])
        let port = try #require(edge.publicPorts.last)
        let sent = try curl(["-i", "http://127.0.0.1:\(port)/thumbs/1x1/x?y"])
        #expect(sent.output.hasPrefix("HTTP/1.1 308 "), "\(sent)")
        #expect(sent.output.contains("Location: https://127.0.0.1:8443/thumbs/1x1/x?y\r\n"))
        #expect(!sent.output.contains("Strict-Transport"), "only TLS can promise TLS")
        for version in ["--http1.1", "--http2"] {
            let secure = try curl([version, "-i", "https://127.0.0.1:\(edge.port)/none"])
            #expect(
                secure.output.lowercased().contains("strict-transport-security: max-age=3600\r\n"))
        }
    }

    @Test func anEdgeWithBrokenFilesDoesNotStartAndSaysWhich() throws {
        try "broken".write(toFile: path("a.crt"), atomically: true, encoding: .utf8)
        #expect {
            _ = try edge()
        } throws: { error in
            (error as? Edge.DidNotStart)?.output.contains(path("a.crt")) == true
        }
    }
}
