import TestSupport
import Testing

@testable import HTTP

@Suite struct MultipartDecoderTests {
    private static func form(
        _ text: String, limits: MultipartDecoder.Limits = Form.limits
    ) -> Form { Form(Array(text.utf8), limits: limits) }

    /// A form of one part with this disposition.
    private static func disposition(_ value: String) -> Form {
        form("--b\r\nContent-Disposition: \(value)\r\n\r\nx\r\n--b--\r\n")
    }

    private static let head = "Content-Disposition: form-data; name=\"a\"\r\n\r\n"

    @Test func takesFieldsAndFilesApart() throws {
        let form = Self.form(
            "--b\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\nred,blue\r\n"
                + "--b\r\ncontent-type: image/png\r\nX-Other: y\r\n"
                + "CONTENT-DISPOSITION:form-data;name=file ; filename=\"a b.png\"\r\n\r\n"
                + "\r\n--\r\n--a\r\n\r\n--b--\r\n")
        #expect(form.failure == nil)
        #expect(form.text == ["red,blue", "\r\n--\r\n--a\r\n"])
        let ended = form.parts.map(\.isEnded)
        #expect(ended == [true, true])
        let file = try #require(form.parts.last)
        #expect(file.name == "file" && file.filename == "a b.png")
        #expect(file.contentType == "image/png")
    }

    /// Contents that look like a delimiter for a while, at their start, in them and at their end.
    static let contents = [
        "", "\r", "\n", "\r\n", "\r\n\r\n", "\r\r\n", "-", "--", "--x", "--\r\n", "\r\n-", "\r\n--",
        "\r\n--c", "x\r\n--", "x\r\n\r\n--\r\n-", "\r\n\r\n\r\n--a--b", "\r\n--\r\n--\r\r\n--", "b",
        " --b", "\n--b", "\r--b", "\r\n--boun", "\r\n--bounx", "--boun\r\n--boun",
    ]

    @Test(arguments: contents)
    func contentIsWholeHoweverItArrives(content: String) {
        let bytes = Array(
            ("ignored\r\n--bound \t\r\n\(Self.head)\(content)\r\n--bound\r\n\(Self.head)next"
                + "\r\n--bound-- \r\nignored").utf8)
        let whole = Form(bytes, boundary: "bound")
        #expect(whole.failure == nil && whole.text == [content, "next"], "\(whole)")
        for pieceByteCount in 1...bytes.count {
            let split = Form(bytes, boundary: "bound", pieceByteCount: pieceByteCount)
            #expect(split == whole, "by \(pieceByteCount)")
        }
    }

    /// Two pieces, cut at every byte: each delimiter is cut at each of its bytes.
    @Test func aDelimiterMayBeCutAnywhere() throws {
        let boundary = try #require(MultipartBoundary(Array("bound".utf8)))
        let bytes = Array(
            "--bound\r\n\(Self.head)one\r\n--boun\r\n--bound\r\n\(Self.head)\r\n--bound--".utf8)
        for cut in 0...bytes.count {
            var decoder = MultipartDecoder(boundary: boundary, limits: Form.limits)
            var content: [[UInt8]] = []
            for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] {
                var position = 0
                while position < piece.count {
                    let rest = piece.span.extracting(droppingFirst: position)
                    let step = try decoder.decode(rest)
                    switch step.event {
                    case .partBegins: content.append([])
                    case .content(let range):
                        for index in range { content[content.count - 1].append(rest[index]) }
                    case .heldContent(let range):
                        content[content.count - 1] += decoder.delimiter[range]
                    case .partEnds, nil: break
                    }
                    position += step.consumed
                }
            }
            try decoder.finish()
            #expect(content == [Array("one\r\n--boun".utf8), []], "cut at \(cut)")
        }
    }

    @Test(arguments: UInt64(0)..<64)
    func randomContentComesBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("\r\n--bx".utf8)
        let contents = (0..<Int.random(in: 1...6, using: &random)).map { _ -> [UInt8] in
            let count = Int.random(in: 0...200, using: &random)
            return (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
        }
        var body: [UInt8] = []
        for content in contents {
            body += Array("--bxb\r\n\(Self.head)".utf8) + content + Array("\r\n".utf8)
        }
        body += Array("--bxb--".utf8)
        let whole = Form(body, boundary: "bxb")
        let isInside = contents.contains { content in
            String(decoding: Array("\r\n".utf8) + content, as: UTF8.self).utf8
                .contains(Array("\r\n--bxb".utf8))
        }
        if !isInside {
            let read = whole.parts.map(\.content)
            #expect(whole.failure == nil && read == contents)
        }
        let pieceByteCount = Int.random(in: 1...40, using: &random)
        #expect(Form(body, boundary: "bxb", pieceByteCount: pieceByteCount) == whole)
    }

    @Test(
        arguments: [
            ("form-data; name=a", "a", nil), ("form-data; name=\"\"", "", nil),
            ("form-data; name=\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d", nil),
            ("FORM-DATA ;NAME=\"n\" ; FileName=\"f.jpg\"", "n", "f.jpg"),
            ("form-data; name=\"n\"; filename=\"Zoë 50%25 %22.jpg\"", "n", "Zoë 50%25 \".jpg"),
            ("form-data; name=\"n\"; filename=\"C:\\pictures\\cat.jpg\"", "n", "cat.jpg"),
            ("form-data; name=\"n\"; filename=\"../../etc/passwd\"", "n", "passwd"),
            ("form-data; name=\"n\"; filename=\"\"", "n", ""),
            ("form-data; name=n; filename=x; filename*=UTF-8''%e2%82%ac.jpg", "n", "€.jpg"),
            ("form-data; name=n; filename*=utf-8'en'a-b.jpg; size=3", "n", "a-b.jpg"),
            // As clients write them: empty parameters, and odd ones that say nothing of the data.
            ("form-data;; name=a", "a", nil), ("form-data; name=a;", "a", nil),
            ("form-data; name=a; ; filename=f;;", "a", "f"), ("form-data; name =a", "a", nil),
            ("form-data; x; name=a; =y; filename = f", "a", "f"),
            ("form-data; name=\"a\"; filename=\"f \"g\" (1).jpg\"", "a", "f \"g\" (1).jpg"),
            ("form-data; name=a; filename=my cat.jpg ; size=1", "a", "my cat.jpg"),
            ("form-data; name=a; filename=\"f.jpg", "a", "f.jpg"),
            ("form-data; filename=x", "", "x"), ("form-data; name=a; name=a", "a", nil),
            ("form-data; name=n; filename=x; filename=y", "n", "x"),
            ("form-data; name=n; filename*=latin1''x", "n", ""),
            ("form-data; name=n; filename=a; filename*=iso-8859-1''caf%E9", "n", "caf\u{e9}"),
            ("form-data; name=n; filename=a; filename*=iso-8859-1''%80", "n", "a"),
            ("form-data; name=n; filename*=UTF-8''a%20(1).jpg", "n", "a (1).jpg"),
            ("form-data; name=n; filename=x; filename*=UTF-8''%8", "n", "x"),
            ("form-data; filename*=UTF-8''%ff; name=n; filename=x", "n", "x"),
            ("form-data; name=n; filename=x; filename*=UTF-8'x", "n", "x"),
            ("form-data; name=n; filename=", "n", ""), ("form-data; name=n; filename= ;", "n", ""),
            ("form-data; filename=; name=n; size=", "n", ""),
            ("form-data; name=n; filename*0=\"long na\"; filename*1=me.jpg", "n", "long name.jpg"),
            ("form-data; filename*1=b; name=n; FILENAME*0=a; filename*3=d", "n", "ab"),
            (
                "form-data; name=n; filename*0*=UTF-8''caf%C3%A9; filename*1=\"%20 1.jpg\"", "n",
                "café%20 1.jpg"
            ),
            ("form-data; name=n; filename*0*=UTF-8''a%2; filename*1*=0b", "n", "a b"),
            ("form-data; name=n; filename*1=b", "n", ""),
            ("form-data; name=n; filename*00=b; filename*x=c", "n", nil),
            ("form-data; name=n; filename=\"é\\\"a.jpg\"", "n", "é\"a.jpg"),
        ] as [(String, String, String?)])
    func readsNames(value: String, name: String, filename: String?) {
        let form = Self.disposition(value)
        #expect(form.failure == nil)
        #expect(form.parts.first?.name == name && form.parts.first?.filename == filename)
    }

    @Test(arguments: [
        "form-data", "form-data;", "form-data; size=1", "attachment; name=a", "form-data name=a",
        "form-dataname=a", "form-data; name=a; name=b", "form-data; name=",
    ])
    func refusesOtherDispositions(value: String) {
        #expect(Self.disposition(value).failure == .malformedDisposition)
    }

    @Test(
        arguments: [
            ("--b\r\n\r\nx\r\n--b--", .malformedDisposition),
            ("--b\r\n\(head.dropLast())\(head)x\r\n--b--", .malformedDisposition),
            ("--b\r\nA b: c\r\n\(head)x\r\n--b--", .malformedHead),
            ("--b\r\nA : b\r\n\(head)x\r\n--b--", .malformedHead),
            ("--b\r\n A: b\r\n\(head)x\r\n--b--", .malformedHead),
            ("--b\r\nA: b\r\n c\n\(head)x\r\n--b--", .malformedHead),
            ("--b\r\nA: b\n\(head)x\r\n--b--", .malformedHead),
            ("--b\r\nA: b\rc\r\n\(head)x\r\n--b--", .malformedHead),
            ("--b\r\nA: \0\r\n\(head)x\r\n--b--", .malformedHead),
            ("--b\r\nContent-Transfer-Encoding: base64\r\n\(head)eA==\r\n--b--", .transferEncoding),
            ("--bx\r\n", .malformedDelimiter), ("--b\n", .malformedDelimiter),
            ("--b-\r\n", .malformedDelimiter), ("--b \n", .malformedDelimiter),
            ("--b\r\n\(head)x\r\n--bc\r\n", .malformedDelimiter),
            ("--b\r\n\(head)x\r\n--b--x", .malformedDelimiter),
            ("--b\r\n\(head)x\r\n--b--\rx", .malformedDelimiter),
            ("", .truncated), ("x", .truncated), ("--b", .truncated), ("--b\r\n", .truncated),
            ("--b\r\n\(head)", .truncated), ("--b\r\n\(head)x\r\n--b", .truncated),
            ("--b\r\n\(head)x\r\n--b-", .truncated), ("--b\r\n\(head)x\r\n--b--\r", .truncated),
        ] as [(String, MultipartDecoder.Failure)])
    func refusesBrokenForms(text: String, failure: MultipartDecoder.Failure) {
        #expect(Self.form(text).failure == failure, "\(text)")
        #expect(Form(Array(text.utf8), pieceByteCount: 1).failure == failure)
    }

    @Test func aFoldedHeadIsOneLine() {
        let head = "Content-Disposition: form-data;\r\n\tname=\"n\";\r\n filename=\"f.jpg\"\r\n"
        for rest in ["\r\n", "Content-Type: image/jpeg;\r\n  q=1\r\n\r\n", "A: b\r\n c\r\n\r\n"] {
            let form = Self.form("--b\r\n\(head)\(rest)x\r\n--b--")
            #expect(form.failure == nil && form.parts.first?.filename == "f.jpg")
            #expect(form.parts.first?.name == "n")
        }
    }

    /// Of a name that is no UTF-8 as much as can be read.
    @Test func aLegacyNameIsKeptAsFarAsItCanBe() {
        let head = "--b\r\nContent-Disposition: form-data; name=\"n\"; filename=\""
        for (bytes, expected) in [
            ([0x63, 0x61, 0x66, 0xE9], "caf\u{FFFD}.jpg"),
            ([0xD5, 0xD5, 0xC6, 0xAC], "\u{FFFD}\u{FFFD}\u{0196}.jpg"),
            // The second byte of a letter looks like a folder's mark.
            ([0x83, 0x5C], "\u{FFFD}.jpg"), ([0x83, 0x5C, 0x5C, 0x83, 0x5C], "\u{FFFD}.jpg"),
        ] as [([UInt8], String)] {
            let form = Form(Array(head.utf8) + bytes + Array(".jpg\"\r\n\r\nx\r\n--b--".utf8))
            #expect(form.failure == nil)
            #expect(form.parts.first?.filename?.hasSuffix(".jpg") == true, "\(expected)")
            if bytes.contains(0x5C) { #expect(form.parts.first?.filename == expected) }
        }
        let gbk = Form(Array(head.utf8) + [0x95, 0x5C] + Array("\"\r\n\r\nx\r\n--b--".utf8))
        #expect(gbk.failure == nil && gbk.parts.first?.filename == "\u{FFFD}")
    }

    @Test func boundsWhatIsNotContent() {
        let long = String(repeating: "x", count: 5000)
        let part = "--b\r\n\(Self.head)x\r\n"
        #expect(Self.form("\(long)\r\n\(part)--b--").failure == .tooMuchBesideParts)
        #expect(Self.form("\(part)--b--\r\n\(long)").failure == .tooMuchBesideParts)
        let blanks = String(repeating: " ", count: 5000)
        #expect(Self.form("--b\(blanks)\r\n").failure == .tooMuchBesideParts)
        #expect(Self.form("\(part)--b--\(blanks)").failure == .tooMuchBesideParts)
        #expect(Self.form("--b\r\nA: \(long)").failure == .headTooLarge)
        let many = String(repeating: "A: b\r\n", count: 500)
        #expect(Self.form("--b\r\n\(many)").failure == .headTooLarge)
        let eight = String(repeating: part, count: 8)
        #expect(Self.form("\(eight)--b--").failure == nil)
        #expect(Self.form("\(eight)\(part)--b--").failure == .tooManyParts)
    }

    @Test(
        arguments: [
            ("multipart/form-data; boundary=b", "b"),
            ("Multipart/Form-Data;BOUNDARY=\"a b\"", "a b"),
            ("multipart/form-data; charset=utf-8; boundary=----=_Part_0/1:2", "----=_Part_0/1:2"),
            ("multipart/form-data; boundary=\(String(repeating: "x", count: 200))", nil),
            ("multipart/form-data;boundary=*****", "*****"),
            ("multipart/form-data; boundary=abc&def;", "abc&def"),
            ("multipart/form-data;; boundary=b", "b"),
            ("multipart/form-data; x; boundary = b", "b"),
            ("multipart/form-data; a=\"; boundary=c\"; boundary=b", "b"),
            ("multipart/form-data; boundary=a*b", "a*b"),
        ] as [(String, String?)])
    func readsTheBoundary(value: String, boundary: String?) throws {
        let expected = try #require(
            MultipartBoundary(Array((boundary ?? String(repeating: "x", count: 200)).utf8)))
        #expect(FormContentType(Array(value.utf8).span) == .multipart(expected))
    }

    @Test(arguments: [
        ("image/jpeg", FormContentType.other), ("multipart/mixed; boundary=b", .other),
        ("multipart/form-data", .malformed), ("multipart/form-data; boundary=", .malformed),
        ("multipart/form-data; boundary=\"b", .malformed),
        ("multipart/form-data; boundary=\"b \"", .malformed),
        ("multipart/form-data; boundary=a; boundary=a", .malformed),
        ("multipart/form-data; boundary=a, b", .malformed),
        ("multipart/form-data, boundary=a", .malformed),
        ("multipart/form-data; boundary=\"a\"b\"", .malformed),
        ("multipart/form-datax; boundary=a", .malformed),
        ("multipart/form-data; boundary=\(String(repeating: "x", count: 201))", .malformed),
    ])
    func refusesOtherTypes(value: String, expected: FormContentType) {
        #expect(FormContentType(Array(value.utf8).span) == expected)
    }
}
