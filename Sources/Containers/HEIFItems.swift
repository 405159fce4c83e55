/// The items of a `meta` box, their properties and what refers to what (ISO/IEC 14496-12 §8.11,
/// 23008-12 §9.3).
struct HEIFItems {
    struct Item {
        var type: UInt32 = 0
        var isXMP = false
        var pieces: [Range<Int>] = []
        /// Places of its properties in `properties`.
        var properties: [Int] = []
    }

    struct Reference {
        let type: UInt32
        let from: UInt32
        let to: [UInt32]
    }

    private(set) var primary: UInt32?
    private(set) var items: [UInt32: Item] = [:]
    private(set) var properties: [Box] = []
    private(set) var references: [Reference] = []

    /// Of items, of their extents, and of what they refer to.
    private static let most = 65_536

    init(_ bytes: RawSpan, meta: Range<Int>) throws(ContainerError) {
        guard meta.count >= 4 else { throw ContainerError("a box is cut off") }
        let boxes = Box.list(bytes, in: meta.lowerBound + 4..<meta.upperBound)
        if let box = boxes.first("pitm") {
            var reader = BoxReader(box.content)
            let (version, _) = try reader.head(bytes)
            primary = UInt32(try reader.integer(bytes, version == 0 ? 2 : 4))
        }
        if let box = boxes.first("iinf") { try readTypes(bytes, box.content) }
        if let box = boxes.first("iloc") {
            try readPlaces(bytes, box.content, data: boxes.first("idat")?.content)
        }
        if let box = boxes.first("iref") { try readReferences(bytes, box.content) }
        guard let box = boxes.first("iprp") else { return }
        let parts = Box.list(bytes, in: box.content)
        if let container = parts.first("ipco") {
            properties = Box.list(bytes, in: container.content)
        }
        for box in parts where box.hasType("ipma") { try readAssociations(bytes, box.content) }
    }

    func targets(_ mark: StaticString, from item: UInt32) -> [UInt32] {
        references.first { $0.type == UInt32(letters: mark) && $0.from == item }?.to ?? []
    }

    func sources(_ mark: StaticString, to item: UInt32) -> [UInt32] {
        references.filter { $0.type == UInt32(letters: mark) && $0.to.contains(item) }.map(\.from)
    }

    func properties(of item: UInt32) -> [Box] {
        (items[item]?.properties ?? []).map { properties[$0] }
    }

    private mutating func readTypes(_ bytes: RawSpan, _ range: Range<Int>) throws(ContainerError) {
        var reader = BoxReader(range)
        let (version, _) = try reader.head(bytes)
        try reader.skip(version == 0 ? 2 : 4)
        for box in Box.list(bytes, in: reader.offset..<range.upperBound) where box.hasType("infe") {
            var reader = BoxReader(box.content)
            let (version, _) = try reader.head(bytes)
            guard version >= 2 else { continue }
            let id = UInt32(try reader.integer(bytes, version == 2 ? 2 : 4))
            try reader.skip(2)
            let type = UInt32(try reader.integer(bytes, 4))
            items[id, default: Item()].type = type
            guard type == UInt32(letters: "mime") else { continue }
            // A name, then the media type, each with a zero after it.
            var text = reader.offset
            while text < box.content.upperBound, bytes.byte(at: text) != 0 { text += 1 }
            items[id]?.isXMP = bytes.matches("application/rdf+xml", at: text + 1)
        }
    }

    private mutating func readPlaces(
        _ bytes: RawSpan, _ range: Range<Int>, data: Range<Int>?
    ) throws(ContainerError) {
        var reader = BoxReader(range)
        let (version, _) = try reader.head(bytes)
        let sizes = try reader.integer(bytes, 2)
        let (offsetSize, lengthSize, baseSize) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15)
        let indexSize = version == 0 ? 0 : sizes & 15
        guard [offsetSize, lengthSize, baseSize, indexSize].allSatisfy({ [0, 4, 8].contains($0) })
        else { throw ContainerError("places of items of an unknown width") }
        let count = try reader.integer(bytes, version < 2 ? 2 : 4)
        var left = Self.most
        for _ in 0..<count {
            let id = UInt32(try reader.integer(bytes, version < 2 ? 2 : 4))
            let method = version == 0 ? 0 : try reader.integer(bytes, 2) & 15
            try reader.skip(2)
            let base = try reader.number(bytes, baseSize)
            let extents = try reader.integer(bytes, 2)
            left -= extents + 1
            guard left >= 0 else { throw ContainerError("items in too many pieces") }
            var pieces: [Range<Int>]? = []
            for _ in 0..<extents {
                try reader.skip(indexSize)
                let offset = try reader.number(bytes, offsetSize)
                let length = try reader.number(bytes, lengthSize)
                let within = method == 0 ? 0..<bytes.byteCount : method == 1 ? data : nil
                let piece = within.flatMap { Self.piece(base, offset, length, in: $0) }
                if let piece { pieces?.append(piece) } else { pieces = nil }
            }
            // What lies elsewhere, or was cut off, matters only if it is asked for.
            items[id, default: Item()].pieces = pieces ?? []
        }
    }

    /// A length of zero is all the rest.
    private static func piece(
        _ base: UInt64, _ offset: UInt64, _ length: UInt64, in range: Range<Int>
    ) -> Range<Int>? {
        let (start, overflows) = base.addingReportingOverflow(offset)
        guard !overflows, start <= UInt64(range.count) else { return nil }
        let left = UInt64(range.count) - start
        guard length <= left, left > 0 else { return nil }
        let first = range.lowerBound + Int(start)
        return first..<first + Int(length == 0 ? left : length)
    }

    private mutating func readReferences(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ContainerError) {
        var reader = BoxReader(range)
        let (version, _) = try reader.head(bytes)
        let size = version == 0 ? 2 : 4
        var left = Self.most
        for box in Box.list(bytes, in: reader.offset..<range.upperBound) {
            var reader = BoxReader(box.content)
            let from = UInt32(try reader.integer(bytes, size))
            let count = try reader.integer(bytes, 2)
            left -= count + 1
            guard left >= 0 else { throw ContainerError("too many references between items") }
            var to: [UInt32] = []
            for _ in 0..<count { to.append(UInt32(try reader.integer(bytes, size))) }
            references.append(Reference(type: box.type, from: from, to: to))
        }
    }

    private mutating func readAssociations(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ContainerError) {
        var reader = BoxReader(range)
        let (version, flags) = try reader.head(bytes)
        let size = flags & 1 == 1 ? 2 : 1
        for _ in 0..<(try reader.integer(bytes, 4)) {
            let id = UInt32(try reader.integer(bytes, version == 0 ? 2 : 4))
            var places: [Int] = []
            for _ in 0..<(try reader.integer(bytes, 1)) {
                // The highest bit says whether who does not know it may show the item.
                let index = try reader.integer(bytes, size) & (size == 2 ? 0x7fff : 0x7f)
                if index > 0, index <= properties.count { places.append(index - 1) }
            }
            items[id]?.properties += places
        }
    }
}
