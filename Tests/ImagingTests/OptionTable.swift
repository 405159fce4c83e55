import Rendition

/// What every option makes of the table's pictures, worked out by hand from what the options are
/// said to do: sizes by sharp's rules of `fit` without enlargement, places by the quadrants.
struct OptionRow: Sendable {
    /// Size and options as in a URL.
    let url: String
    let scene: TablePictures.Scene
    let width: Int
    let height: Int
    /// `RGBY`: the middles of the four quadrants; or places in pixels with what is seen there,
    /// `x,y what`. What: a letter of the scene; `w` opaque white; `#` `ff8800`; `h` the half of
    /// it, `ff880080`; `m` the watermark; `R88G` 88 % of one and the rest of the other; `-` darker
    /// and `+` lighter than the place before.
    let points: String

    init(
        _ url: String, _ width: Int, _ height: Int, _ points: String,
        of scene: TablePictures.Scene = .plain
    ) {
        (self.url, self.scene, self.width, self.height) = (url, scene, width, height)
        self.points = points
    }
}

enum OptionTable {
    static let rows = sizes + crops + turns + looks

    /// The source is 240 × 160.
    private static let sizes: [OptionRow] = [
        .init("optimized", 240, 160, "RGBY"),
        // inside: the side that is relatively longer decides; 160·70/240 = 46.7.
        .init("120x120", 120, 80, "RGBY"), .init("60x", 60, 40, "RGBY"),
        .init("x80", 120, 80, "RGBY"), .init("70x70", 70, 47, "RGBY"),
        .init("480x", 240, 160, "RGBY"), .init("480x?enlarge=1", 480, 320, "RGBY"),
        .init("60x60?dpr=2", 120, 80, "RGBY"), .init("100x100?dpr=1.5", 150, 100, "RGBY"),
        .init("40x?dpr=4", 160, 107, "RGBY"),
        // outside: the other side decides; 300/240 would enlarge.
        .init("60x60?fit=outside", 90, 60, "RGBY"),
        .init("300x100?fit=outside", 240, 160, "RGBY"),
        .init("300x100?fit=outside&enlarge=1", 300, 200, "RGBY"),
        // fill: each side for itself.
        .init("60x120?fit=fill", 60, 120, "RGBY"), .init("300x80?fit=fill", 240, 80, "RGBY"),
        .init("300x80?fit=fill&enlarge=1", 300, 80, "RGBY"),
        // contain: always the box. 120 × 80 in 120 × 120 from y = 20; 240 × 160 in 300 × 300 from
        // (30, 70); enlarged 300 × 200 from y = 50.
        .init(
            "120x120?fit=contain", 120, 120,
            "60,2 w; 60,17 w; 30,23 R; 90,23 G; 30,96 B; 90,96 Y; 60,103 w"),
        .init("120x120?fit=contain&gravity=north", 120, 120, "30,2 R; 90,76 Y; 60,83 w"),
        .init("120x120?fit=contain&gravity=south", 120, 120, "60,37 w; 30,43 R; 90,117 Y"),
        .init("150x80?fit=contain&gravity=east", 150, 80, "26,40 w; 33,20 R; 147,60 Y"),
        .init("150x80?fit=contain&gravity=northwest", 150, 80, "2,20 R; 116,60 Y; 123,40 w"),
        .init("120x120?fit=contain&gravity=0.5,0.25", 120, 120, "60,7 w; 30,13 R; 60,93 w"),
        .init(
            "120x120?fit=contain&background=ff8800", 120, 120,
            "60,2 #; 30,40 R; 90,40 G; 60,117 #"),
        .init(
            "120x120?fit=contain&background=ff880080", 120, 120,
            "60,2 h; 30,40 R; 90,40 G; 60,117 h"),
        .init(
            "300x300?fit=contain", 300, 300,
            "27,150 w; 33,110 R; 267,110 G; 150,67 w; 90,73 R; 210,227 Y; 150,233 w"),
        .init(
            "300x300?fit=contain&enlarge=1", 300, 300,
            "2,90 R; 297,90 G; 150,46 w; 75,54 R; 225,245 Y; 150,253 w"),
    ]

    /// A crop of 80 × 80 out of 120 × 80, and of 120 × 60 out of the same: between red and green it
    /// shows the edge at `x`, between red and blue at `y`.
    private static let places: [(String, x: Int, y: Int)] = [
        ("", 40, 30), ("&gravity=north", 40, 40), ("&gravity=northeast", 20, 40),
        ("&gravity=east", 20, 30), ("&gravity=southeast", 20, 20), ("&gravity=south", 40, 20),
        ("&gravity=southwest", 60, 20), ("&gravity=west", 60, 30), ("&gravity=northwest", 60, 40),
        // Column 30 can not be in the middle, column 72 is; row 48 is.
        ("&gravity=0.25,0.5", 60, 30), ("&gravity=0.6,0.6", 28, 22),
    ]

    private static let crops: [OptionRow] =
        places.flatMap { gravity, x, y in
            [
                .init(
                    "80x80?fit=cover\(gravity)", 80, 80,
                    "\(x - 3),20 R; \(x + 2),20 G; \(x - 3),60 B; \(x + 2),60 Y"),
                .init(
                    "120x60?fit=cover\(gravity)", 120, 60,
                    "30,\(y - 3) R; 90,\(y - 3) G; 30,\(y + 2) B; 90,\(y + 2) Y"),
            ]
        } + [
            // Not enlarged, what overhangs is cut: 160 − 100 from y = 30. Enlarged: 300 × 200.
            .init("300x100?fit=cover", 240, 100, "60,48 R; 180,48 G; 60,51 B; 180,51 Y"),
            .init("300x100?fit=cover&enlarge=1", 300, 100, "75,46 R; 225,46 G; 75,54 B; 225,54 Y"),
            .init("40x40?fit=cover&dpr=2", 80, 80, "37,20 R; 42,20 G; 37,60 B; 42,60 Y"),
            // The square is 60 wide, so wherever 80 columns show all of it, it is in their middle.
            .init("80x80?fit=cover&gravity=attention", 80, 80, "40,40 R; 40,4 N", of: .subject),
            .init("80x80?fit=cover&gravity=entropy", 80, 80, "40,40 R; 40,4 N", of: .subject),
            .init("40x40?fit=cover&gravity=attention", 40, 40, "20,20 R; 20,2 N", of: .subject),
        ]

    /// Clockwise, then mirrored, of `R G / B Y`.
    private static let turns: [OptionRow] =
        [
            ("rotate=90", "BRYG"), ("rotate=180", "YBGR"), ("rotate=270", "GYRB"),
            ("flip=h", "GRYB"), ("flip=v", "BYRG"), ("flip=hv", "YBGR"),
            ("rotate=90&flip=h", "RBGY"), ("rotate=90&flip=v", "YGBR"),
            ("rotate=90&flip=hv", "GYRB"), ("rotate=180&flip=h", "BYRG"),
            ("rotate=180&flip=v", "GRYB"), ("rotate=180&flip=hv", "RGBY"),
            ("rotate=270&flip=h", "YGBR"), ("rotate=270&flip=v", "RBGY"),
            ("rotate=270&flip=hv", "BRYG"),
        ].flatMap { (options: String, seen: String) -> [OptionRow] in
            let (width, height) =
                options.contains("0&") || options.hasPrefix("rotate")
                ? options.hasPrefix("rotate=180") ? (120, 80) : (80, 120) : (120, 80)
            return [.init("120x120?\(options)", width, height, seen)]
        } + [
            .init("optimized?rotate=90", 160, 240, "BRYG"),
            // The box and the crop are those of the turned picture: 80 × 120, its top; and of the
            // mirrored one, its left.
            .init(
                "80x80?fit=cover&gravity=north&rotate=90", 80, 80,
                "20,57 B; 60,57 R; 20,62 Y; 60,62 G"),
            .init("80x80?fit=cover&gravity=west&flip=h", 80, 80, "57,20 G; 62,20 R"),
        ]

    private static let looks: [OptionRow] = [
        // A Gaussian of sigma 8, which libvips ends at 1.8 sigma, 8.5 pixels beside an edge.
        .init("optimized?blur=8", 240, 160, "111,20 R88G; 128,20 G88R; 60,20 R; 180,20 G"),
        .init("optimized?sharpen=2", 240, 160, "60,40 R; 60,79 +; 60,120 B; 60,80 -"),
        .init("optimized?trim=20", 160, 80, "2,2 R; 157,2 G; 2,77 B; 157,77 Y", of: .framed),
        .init("80x?trim=20", 80, 40, "RGBY", of: .framed),
        .init("40x40?fit=cover&trim=20", 40, 40, "17,10 R; 22,10 G; 17,30 B; 22,30 Y", of: .framed),
        .init("80x80?rotate=90&trim=20", 40, 80, "BRYG", of: .framed),
        .init("120x80?trim=20", 120, 80, "RGBY"),
        .init("120x?quality=30", 120, 80, "RGBY"), .init("120x?maxbytes=9000", 120, 80, "RGBY"),
        // A quarter of 120 wide, 2 hundredths of 120 from the edges: from (88, 63) to (118, 78).
        .init("120x?watermark=mark", 120, 80, "103,70 m; 85,70 Y; 103,60 Y; 30,20 R; 90,20 G"),
    ]
}
