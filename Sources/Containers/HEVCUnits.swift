/// The units of HEVC that a still picture's decoder is given (ISO/IEC 14496-15 §8.3.3).
package enum HEVCUnits {
    /// Of an `hvcC` box: how long the lengths before units are, the parameter sets, and the bits of
    /// a channel.
    package struct Configuration: Equatable, Sendable {
        package var lengthSize: Int
        package var parameterSets: [Range<Int>] = []
        package var depth: Int
        package var isMonochrome: Bool
    }

    package static func configuration(
        _ bytes: RawSpan, in range: Range<Int>
    ) throws(ContainerError) -> Configuration {
        var reader = BoxReader(range)
        try reader.skip(16)
        let chroma = try reader.integer(bytes, 1) & 3
        let depth = (try reader.integer(bytes, 1) & 7) + 8
        try reader.skip(3)
        var found = Configuration(
            lengthSize: (try reader.integer(bytes, 1) & 3) + 1, depth: depth,
            isMonochrome: chroma == 0)
        for _ in 0..<(try reader.integer(bytes, 1)) {
            try reader.skip(1)
            for _ in 0..<(try reader.integer(bytes, 2)) {
                let count = try reader.integer(bytes, 2)
                let start = reader.offset
                try reader.skip(count)
                if count > 0 { found.parameterSets.append(start..<start + count) }
            }
        }
        return found
    }

    /// What `bytes` consist of, each unit behind its length.
    package static func units(
        of bytes: RawSpan, lengthSize: Int
    ) throws(ContainerError) -> [Range<Int>] {
        var reader = BoxReader(0..<bytes.byteCount)
        var units: [Range<Int>] = []
        while reader.offset < reader.end {
            let count = try reader.integer(bytes, lengthSize)
            let start = reader.offset
            try reader.skip(count)
            if count > 0 { units.append(start..<start + count) }
        }
        return units
    }
}

extension HEIFPicture.Tile {
    /// Bits of a channel, and whether it has no colours: as its decoder's settings say.
    package func sampling(
        _ bytes: RawSpan, as codec: HEIFPicture.Codec
    ) throws(ContainerError) -> (depth: Int, isMonochrome: Bool) {
        switch codec {
        case .av1:
            // Tier, more than 8 bits, 12 bits, monochrome (AV1 in ISOBMFF §2.3.3).
            guard configuration.count >= 3,
                let flags = bytes.byte(at: configuration.lowerBound + 2)
            else { throw ContainerError("a box is cut off") }
            let depth = flags & 0x40 == 0 ? 8 : flags & 0x20 == 0 ? 10 : 12
            return (depth, flags & 0x10 != 0)
        case .hevc:
            let found = try HEVCUnits.configuration(bytes, in: configuration)
            return (found.depth, found.isMonochrome)
        }
    }
}
