import Foundation
import Rendition

/// A row's points in numbers.
struct Expected {
    typealias Pixel = TablePictures.Pixel

    private enum Want {
        case color(Pixel, within: Double)
        case darker(than: Pixel)
        case lighter(than: Pixel)
    }

    let places: [(x: Int, y: Int)]
    private let wants: [String]
    private let row: OptionRow
    private let colors: [Character: Pixel]
    private let tolerance: Double
    private let format: OutputFormat
    private let frames: Int

    init(
        _ row: OptionRow, _ colors: [Character: Pixel], _ tolerance: Int, _ format: OutputFormat,
        frames: Int
    ) {
        var colors = colors
        colors["w"] = [255, 255, 255, 255]
        colors["#"] = [255, 136, 0, 255]
        colors["h"] = [255, 136, 0, 128]
        colors["m"] = [255, 0, 255, 255]
        (self.row, self.colors, self.format, self.frames) = (row, colors, format, frames)
        // Blocks of the output's own, at the formats' default qualities.
        self.tolerance = Double(tolerance) + (format == .png ? 0 : 8)
        if row.points.contains(",") {
            let points = row.points.split(separator: ";").map { $0.split(separator: " ") }
            places = points.map { point in
                let numbers = point[0].split(separator: ",").compactMap { Int($0) }
                return (numbers[0], numbers[1])
            }
            wants = points.map { String($0[1]) }
        } else {
            let (x, y) = (row.width / 4, row.height / 4)
            places = [(x, y), (3 * x, y), (x, 3 * y), (3 * x, 3 * y)]
            wants = row.points.map { String($0) }
        }
    }

    func problems(with seen: Pillow.Look) -> [String] {
        guard (seen.width, seen.height) == (row.width, row.height)
        else { return ["is \(seen.width) x \(seen.height), not \(row.width) x \(row.height)"] }
        guard seen.frames.count == frames else { return ["has \(seen.frames.count) frames"] }
        return seen.frames.enumerated().flatMap { number, pixels in
            places.indices.compactMap { index in
                let want = want(wants[index], frame: number, beside: pixels[max(0, index - 1)])
                guard !holds(want, pixels[index]) else { return nil }
                return "frame \(number) at \(places[index]): \(pixels[index]), not \(want)"
            }
        }
    }

    /// In the second frame of a film the quadrants have changed places.
    private func color(_ letter: Character, frame: Int) -> Pixel {
        let turned: [Character: Character] = ["R": "Y", "G": "B", "B": "G", "Y": "R"]
        var pixel = colors[frame == 0 ? letter : turned[letter] ?? letter] ?? []
        // GIF knows clear and solid.
        if format == .gif { pixel[3] = pixel[3] < 128 ? 0 : 255 }
        return format.carriesAlpha ? pixel : Self.laid(pixel, on: background)
    }

    private var background: Pixel {
        row.url.contains("background=ff8800") ? [255, 136, 0, 255] : [255, 255, 255, 255]
    }

    private func want(_ text: String, frame: Int, beside last: Pixel) -> Want {
        let first = text.first ?? " "
        if first == "-" { return .darker(than: last) }
        if first == "+" { return .lighter(than: last) }
        let color = color(first, frame: frame)
        guard let second = text.dropFirst().last else {
            // What is not of the picture is as it was asked for, unless the format loses some.
            let isOurs = format == .png && "w#hm".contains(first)
            return .color(color, within: isOurs ? 0 : tolerance)
        }
        let share = (Double(text.dropFirst().dropLast()) ?? 0) / 100
        let other = self.color(second, frame: frame)
        let mixed = zip(color, other).map { $0 * share + $1 * (1 - share) }
        return .color(mixed, within: tolerance)
    }

    private func holds(_ want: Want, _ pixel: Pixel) -> Bool {
        switch want {
        // Clear pixels are alike, whatever their colours.
        case .color(let wanted, let tolerance):
            zip(Self.premultiplied(pixel), Self.premultiplied(wanted)).allSatisfy {
                abs($0 - $1) <= tolerance
            }
        case .darker(let other): Self.luma(pixel) < Self.luma(other) - 5
        case .lighter(let other): Self.luma(pixel) > Self.luma(other) + 5
        }
    }

    private static func luma(_ pixel: Pixel) -> Double {
        0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
    }

    private static func premultiplied(_ pixel: Pixel) -> Pixel {
        pixel.prefix(3).map { $0 * pixel[3] / 255 } + [pixel[3]]
    }

    private static func laid(_ pixel: Pixel, on ground: Pixel) -> Pixel {
        zip(pixel, ground).map { $0 * pixel[3] / 255 + $1 * (1 - pixel[3] / 255) }.dropLast() + [
            255
        ]
    }
}

extension Pillow {
    struct Look {
        let width: Int
        let height: Int
        /// Of each frame the colours of the places asked for.
        let frames: [[TablePictures.Pixel]]
    }

    /// What is at places of many pictures, in sRGB, by one run of Python; AVIF by heif-convert,
    /// JPEG XL by djxl.
    static func look(at pictures: [(path: String, places: [(x: Int, y: Int)])]) throws -> [Look] {
        let script = """
            import subprocess
            for line in args:
                path, *places = line.split('|')
                decoder = {'avif': 'heif-convert', 'jxl': 'djxl'}.get(path.rsplit('.')[-1])
                if decoder:
                    subprocess.run([decoder, path, path + '.png'], check=True, capture_output=True)
                    path += '.png'
                im = Image.open(path)
                print(*im.size, end='')
                for number in range(getattr(im, 'n_frames', 1)):
                    im.seek(number)
                    frame, icc = im.convert('RGBA'), im.info.get('icc_profile')
                    if icc and im.mode in ('RGB', 'RGBA', 'P'):
                        rgb = ImageCms.profileToProfile(
                            frame.convert('RGB'), ImageCms.ImageCmsProfile(io.BytesIO(icc)),
                            ImageCms.createProfile('sRGB'), renderingIntent=1)
                        rgb.putalpha(frame.getchannel('A'))
                        frame = rgb
                    # What is beyond the picture is told from what is wrong in it by its size.
                    spots = [tuple(map(int, place.split(','))) for place in places]
                    inside = [x < im.width and y < im.height for x, y in spots]
                    print('|' + ';'.join(' '.join(map(str, frame.getpixel(spot) if ok else [0] * 4))
                                         for spot, ok in zip(spots, inside)), end='')
                print()
            """
        let lines = pictures.map { picture in
            ([picture.path] + picture.places.map { "\($0.x),\($0.y)" }).joined(separator: "|")
        }
        return try run(script, lines).split(separator: "\n").map { line in
            let parts = line.split(separator: "|")
            let sides = parts[0].split(separator: " ").compactMap { Int($0) }
            let frames = parts.dropFirst().map { frame in
                frame.split(separator: ";").map { pixel in
                    pixel.split(separator: " ").compactMap { Double($0) }
                }
            }
            return Look(width: sides[0], height: sides[1], frames: Array(frames))
        }
    }
}
