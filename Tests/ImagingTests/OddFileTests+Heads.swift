import Imaging
import Rendition
import TestSupport
import Testing

/// Heads that say too little, or what is not so: shown as Chromium shows them.
extension ImagingTests.OddFileTests {
    private static let png = """
        import struct, zlib
        chunk = lambda kind, data: (struct.pack('>I', len(data)) + kind + data
                                    + struct.pack('>I', zlib.crc32(kind + data)))
        def png(kind, rows, *before):
            head = struct.pack('>IIBBBBB', len(rows[0]) // (3 if kind == 2 else 1), len(rows),
                               8, kind, 0, 0, 0)
            data = zlib.compress(b''.join(b'\\0' + row for row in rows))
            return (b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', head)
                    + b''.join(chunk(*one) for one in before)
                    + chunk(b'IDAT', data) + chunk(b'IEND', b''))

        """

    /// Colours 0 to 3 in stripes, of which the palette has three.
    @Test(arguments: [
        ("b''", "[255, 255, 255, 255]"), ("bytes([0, 128])", "[0, 128, 255, 255]"),
        ("bytes([0, 128, 255, 0, 0, 0])", "[0, 128, 255, 255]"),
    ])
    func aPaletteThatIsTooShortEndsWithItsLastColor(alpha: String, shown: String) throws {
        let script = """
            colors = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
            rows = [bytes(x // 10 for x in range(40))] * 20
            open(name, 'wb').write(png(3, rows, (b'PLTE', bytes(sum(colors, ()))),
                                       *([(b'tRNS', \(alpha))] if \(alpha) else [])))
            seen = Image.new('RGBA', (40, 20))
            for i, (color, a) in enumerate(zip(colors + colors[-1:], \(shown))):
                seen.paste(color + (a,), (10 * i, 0, 10 * i + 10, 20))
            seen.save(expected)
            """
        try check("a.png", Self.png + script)
    }

    @Test func primariesWithoutGammaSayNothing() throws {
        let script = """
            rows = [bytes([220, 60, 30] * 40)] * 20
            primaries = 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000
            open(name, 'wb').write(png(2, rows, (b'cHRM', struct.pack('>8I', *primaries))))
            Image.new('RGB', (40, 20), (220, 60, 30)).save(expected)
            """
        try check("a.png", Self.png + script)
    }

    @Test func withoutAnyTableAGIFIsBlack() throws {
        let script = """
            im = Image.new('P', (40, 20), 1)
            im.putpalette([255, 255, 255, 200, 30, 30])
            im.save(name, 'gif')
            data = open(name, 'rb').read()
            assert data[10] & 0x80
            count = 3 << (data[10] & 7) + 1
            open(name, 'wb').write(data[:10] + bytes([data[10] & 0x7F]) + data[11:13]
                                   + data[13 + count:])
            Image.new('RGB', (40, 20)).save(expected)
            """
        try check("a.gif", script)
    }

    /// Offsets of eight bytes, in either order of them.
    @Test(arguments: ["<", ">"])
    func aBigTIFFIsATIFF(order: String) throws {
        let script = """
            import struct
            im = photo(40, 20)
            pixels = im.tobytes()
            S = lambda form, *values: struct.pack('\(order)' + form, *values)
            entry = lambda tag, kind, value: S('HHQ', tag, kind, 1) + (
                S('HHHH', value, 0, 0, 0) if kind == 3 else S('Q', value))
            tags = [(256, 3, 40), (257, 3, 20), (259, 3, 1), (262, 3, 2), (273, 16, 16),
                    (277, 3, 3), (278, 3, 20), (279, 16, len(pixels))]
            bits = S('HHQ', 258, 3, 3) + S('HHHH', 8, 8, 8, 0)
            entries = [entry(*tag) for tag in tags]
            entries.insert(2, bits)
            head = (b'II' if '\(order)' == '<' else b'MM') + S('HHHQ', 43, 8, 0, 16 + len(pixels))
            open(name, 'wb').write(head + pixels + S('Q', len(entries)) + b''.join(entries)
                                   + S('Q', 0))
            im.save(expected)
            """
        try check("a.tif", script)
    }

    /// Without loss, hierarchical, of 12 bits: the frame's mark (ITU T.81, table B.1), and how many
    /// bits a sample has.
    @Test(arguments: [(0xC3, 8), (0xC5, 8), (0xC1, 12)])
    func aJPEGOfAnotherKindIsRefusedAsSuch(mark: Int, bits: Int) throws {
        let scratch = try Scratch()
        let script = """
            photo(40, 20).save(args[0])
            data = bytearray(open(args[0], 'rb').read())
            frame = data.index(bytes([0xFF, 0xC0]))
            data[frame + 1], data[frame + 4] = \(mark), \(bits)
            open(args[0], 'wb').write(data)
            """
        try Pillow.run(script, [scratch.path("a.jpg")])
        let bytes = try scratch.bytes("a.jpg")
        let error = #expect(throws: ImagingError.self) {
            _ = try Studio.render(bytes, .box(9, 9))
        }
        #expect(error?.detail.hasSuffix("of a kind that is not read") == true, "\(error as Any)")
    }

    /// As the PNG that says the same of the same numbers.
    @Test(
        .enabled(if: Files.isProgram("cjxl"), "needs Debian's libjxl-tools"),
        arguments: [("PeQ", 16), ("HLG", 18)])
    func highRangeInJPEGXLIsShownAsInPNG(transfer: String, number: Int) throws {
        let scratch = try Scratch()
        let script = """
            import subprocess
            im = photo(160, 120)
            rows = [im.crop((0, y, 160, y + 1)).tobytes() for y in range(120)]
            open(args[0], 'wb').write(png(2, rows, (b'cICP', bytes([9, \(number), 0, 1]))))
            im.save(args[1] + '.png')
            subprocess.run(['cjxl', '-d', '0', '-x', 'color_space=RGB_D65_202_Rel_\(transfer)',
                            args[1] + '.png', args[1]], check=True, capture_output=True)
            """
        let (png, jxl) = (scratch.path("a.png"), scratch.path("b.jxl"))
        try Pillow.run(Self.png + script, [png, jxl])
        let seen = try scratch.render("a.png", .box(1000, 1000))
        let path = try scratch.render("b.jxl", .box(1000, 1000))
        #expect(try Pillow.farthest(path, from: seen) <= 3)
    }
}
