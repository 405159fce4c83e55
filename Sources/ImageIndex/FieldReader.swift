/// Takes a record of fields apart. Every length is checked; what is cut off or no text is damaged.
struct FieldReader {
    struct Damage: Error {}

    struct Field {
        let tag: UInt8
        let content: ArraySlice<UInt8>
    }

    private var left: ArraySlice<UInt8>

    /// - Parameter version: the only one that is understood.
    init(_ record: [UInt8], version: UInt8) throws(Damage) {
        guard record.first == version else { throw Damage() }
        left = record.dropFirst()
    }

    /// `nil` at the end.
    mutating func next() throws(Damage) -> Field? {
        guard let tag = left.popFirst() else { return nil }
        let count = try length()
        guard count <= left.count else { throw Damage() }
        defer { left = left.dropFirst(count) }
        return Field(tag: tag, content: left.prefix(count))
    }

    /// At most three bytes: records are below 2 MB.
    private mutating func length() throws(Damage) -> Int {
        var length = 0
        for shift in [0, 7, 14] {
            guard let byte = left.popFirst() else { throw Damage() }
            length |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return length }
        }
        throw Damage()
    }
}

extension FieldReader.Field {
    func number<Number: FixedWidthInteger>(
        as: Number.Type = Number.self
    ) throws(FieldReader.Damage) -> Number {
        guard content.count <= 8 else { throw FieldReader.Damage() }
        let wide = content.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Number(exactly: wide) else { throw FieldReader.Damage() }
        return number
    }

    func signedNumber() throws(FieldReader.Damage) -> Int64 {
        let zigzag = try number(as: UInt64.self)
        return Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1)
    }

    func text() throws(FieldReader.Damage) -> String {
        guard let text = String(validating: content, as: UTF8.self) else {
            throw FieldReader.Damage()
        }
        return text
    }

    func mediaType() throws(FieldReader.Damage) -> MediaType {
        guard let type = MediaType(Array(content).span) else { throw FieldReader.Damage() }
        return type
    }
}
