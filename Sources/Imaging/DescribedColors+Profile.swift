extension DescribedColors {
    /// An ICC profile of them, of one channel or of three; `nil` where nothing is to be done, or
    /// the numbers describe no colours.
    func profile(isGrey: Bool) -> [UInt8]? {
        guard !isSRGB, !(isGrey && curve == .srgb), let matrix = primaries.toD50 else { return nil }
        var tags: [(mark: String, content: [UInt8])] = [
            ("wtpt", Self.xyz([0.9642, 1, 0.8249]))
        ]
        if isGrey {
            tags.append(("kTRC", curveTag))
        } else {
            for (index, name) in ["r", "g", "b"].enumerated() {
                tags.append((name + "XYZ", Self.xyz(matrix.map { $0[index] })))
                tags.append((name + "TRC", curveTag))
            }
        }
        return Self.file(tags, isGrey: isGrey)
    }

    /// ICC.1:2022 §7.2 and §7.3.
    private static func file(
        _ tags: [(mark: String, content: [UInt8])], isGrey: Bool
    ) -> [UInt8] {
        var (index, data) = ([UInt8](), [UInt8]())
        index.append(big: UInt32(tags.count))
        let start = 132 + 12 * tags.count
        for tag in tags {
            index += Array(tag.mark.utf8)
            index.append(big: UInt32(start + data.count))
            index.append(big: UInt32(tag.content.count))
            data += tag.content + [UInt8](repeating: 0, count: (4 - tag.content.count % 4) % 4)
        }
        var file: [UInt8] = []
        file.append(big: UInt32(start + data.count))
        file += [0, 0, 0, 0, 4, 0x40, 0, 0] + Array("mntr\(isGrey ? "GRAY" : "RGB ")XYZ ".utf8)
        // Made on a day that is always the same.
        file += [0x07, 0xea, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0] + Array("acsp".utf8)
        file += [UInt8](repeating: 0, count: 28)
        file += xyz([0.9642, 1, 0.8249]).dropFirst(8) + [UInt8](repeating: 0, count: 48)
        return file + index + data
    }

    private static func xyz(_ values: [Double]) -> [UInt8] {
        var content = Array("XYZ \0\0\0\0".utf8)
        for value in values { content.append(fixed: value) }
        return content
    }

    private var curveTag: [UInt8] {
        switch curve {
        case .srgb:
            return Self.parameters(3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])
        case .gamma(let exponent): return Self.parameters(0, [exponent])
        case .pq: return Self.table(HighRange.screenLight(ofPQ:))
        case .hlg: return Self.table(HighRange.screenLight(ofHLG:))
        }
    }

    private static func parameters(_ kind: UInt16, _ values: [Double]) -> [UInt8] {
        var content = Array("para\0\0\0\0".utf8)
        content.append(big: kind)
        content += [0, 0]
        for value in values { content.append(fixed: value) }
        return content
    }

    private static func table(_ light: (Double) -> Double) -> [UInt8] {
        let most = 4095
        var content = Array("curv\0\0\0\0".utf8)
        content.append(big: UInt32(most + 1))
        for step in 0...most {
            let value = light(Double(step) / Double(most))
            content.append(big: UInt16((min(max(value, 0), 1) * 65535).rounded()))
        }
        return content
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(big number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// s15Fixed16.
    fileprivate mutating func append(fixed value: Double) {
        append(big: Int32((value * 65536).rounded()))
    }
}
