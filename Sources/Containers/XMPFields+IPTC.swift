extension XMPFields {
    /// Fills in what it does not have, from the older form of the same: IPTC's data sets of
    /// application record (IIM 4.2 §6), wherever they lie in `block`.
    package mutating func add(iptc block: [UInt8]) {
        let names: [UInt8: Field] = [80: .creator, 110: .credit, 116: .rights]
        var offset = 0
        while offset + 5 <= block.count, offset < Self.readBytes {
            guard block[offset] == 0x1c, block[offset + 1] == 2 else {
                offset += 1
                continue
            }
            let count = Int(block[offset + 3]) << 8 | Int(block[offset + 4])
            let end = offset + 5 + count
            guard count <= Self.most, end <= block.count else {
                offset += 1
                continue
            }
            if let field = names[block[offset + 2]], self[field] == nil {
                self[field] = Self.text(block[offset + 5..<end])
            }
            offset = end
        }
    }

    /// Mostly UTF-8, and Latin 1 where it is none.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
