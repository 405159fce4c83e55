import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    /// What people, search engines and laws ask for goes along, written anew; nothing else does.
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct RightsTests {
        private static let packet = """
            kind = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'
            packet = '''<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
            <x:xmpmeta xmlns:x="adobe:ns:meta/">
            <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description rdf:about="" photoshop:Credit="Agency &amp; Sons"
              xmpRights:WebStatement="https://example.org/terms"
              exif:GPSLatitude="52,31N" aux:SerialNumber="SECRET-1">
            <dc:creator><rdf:Seq><rdf:li>Ada Pixel</rdf:li></rdf:Seq></dc:creator>
            <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">(c) 2026 Ada</rdf:li></rdf:Alt>
            </dc:rights>
            <plus:Licensor><rdf:Seq><rdf:li rdf:parseType="Resource">
              <plus:LicensorURL>https://example.org/buy</plus:LicensorURL></rdf:li></rdf:Seq>
            </plus:Licensor>
            <Iptc4xmpExt:DigitalSourceType>TYPE</Iptc4xmpExt:DigitalSourceType>
            </rdf:Description></rdf:RDF></x:xmpmeta>'''.replace('TYPE', kind).encode()
            app = lambda n, b: bytes([0xff, 0xe0 | n]) + (len(b) + 2).to_bytes(2, 'big') + b
            def write(path, *segments):
                photo(1800, 1400).save(path, quality=90)
                data = open(path, 'rb').read()
                open(path, 'wb').write(data[:2] + b''.join(segments) + data[2:])

            """
        private static let wanted = [
            "Agency &amp; Sons", "https://example.org/terms", "Ada Pixel", "(c) 2026 Ada",
            "https://example.org/buy", "trainedAlgorithmicMedia",
        ]

        @Test(arguments: [OutputFormat.jpeg, .webp, .png, .avif, .jxl])
        func fieldsOfXMPGoAlong(format: OutputFormat) throws {
            let scratch = try Scratch()
            let script =
                Self.packet + "write(args[0], app(1, b'http://ns.adobe.com/xap/1.0/\\0' + packet))"
            try Pillow.run(script, [scratch.path("a.jpg")])
            let path = try scratch.render("a.jpg", .box(100, 100, .inside, .explicit(format)))
            let text = String(decoding: try Files.bytes(path), as: UTF8.self)
            #expect(Self.wanted.allSatisfy { text.contains($0) })
            #expect(!text.contains("GPS") && !text.contains("SECRET") && !text.contains("xpacket"))
            #expect(!text.contains("Exif"))
            if format != .avif, format != .jxl {
                #expect(try Pillow.describe(path).contains(" 100 78 "))
            }
            var style = Style()
            style.keepsRights = false
            let bare = try scratch.render(
                "a.jpg", .box(100, 100, .inside, .explicit(format)), style: style)
            #expect(!String(decoding: try Files.bytes(bare), as: UTF8.self).contains("Agency"))
        }

        @Test func fieldsOfIPTCGoAlong() throws {
            let scratch = try Scratch()
            let script =
                Self.packet + """
                    field = lambda n, t: bytes([0x1c, 2, n]) + len(t).to_bytes(2, 'big') + t
                    iim = (field(80, b'Ada Pixel') + field(110, b'Agency') + field(90, b'SECRET')
                           + field(116, b'<script>'))
                    block = b'8BIM\\x04\\x04\\0\\0' + len(iim).to_bytes(4, 'big') + iim
                    write(args[0], app(13, b'Photoshop 3.0\\0' + block))
                    """
            try Pillow.run(script, [scratch.path("a.jpg")])
            let path = try scratch.render("a.jpg", .box(100, 100, .inside, .explicit(.webp)))
            let text = String(decoding: try Files.bytes(path), as: UTF8.self)
            #expect(text.contains("<rdf:li>Ada Pixel<") && text.contains("Agency"))
            #expect(!text.contains("SECRET"))
            #expect(!text.contains("<script") && !text.contains("&lt;script"))
        }
    }
}
