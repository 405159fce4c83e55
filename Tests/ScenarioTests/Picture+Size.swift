import Testing

extension Picture {
    /// In pixels, as Pillow decodes it.
    static func size(_ content: [UInt8]) throws -> (width: Int, height: Int) {
        let script = """
            import io, sys; from PIL import Image
            image = Image.open(io.BytesIO(sys.stdin.buffer.read())); image.load()
            print(*image.size)
            """
        let result = try run("/usr/bin/python3", ["-c", script], input: content)
        let text = String(decoding: result.output, as: UTF8.self)
        try #require(result.status == 0, "\(text)")
        let sides = text.split { $0.isWhitespace }.compactMap { Int($0) }
        try #require(sides.count == 2, "\(text)")
        return (sides[0], sides[1])
    }
}
