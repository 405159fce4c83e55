internal import Rendition
internal import Text

// How a document is stored: a version byte, then fields (see `FieldWriter`) in order of their tags;
// what is as usual is left out. The hash is the key and not in it. About 40 bytes plus the texts.
// A field added later is stepped over by this version. Tags are never used again for something
// else.
extension ImageDocument {
    private static let version: UInt8 = 1

    private enum Tag {
        static let byteCount: UInt8 = 1
        static let type: UInt8 = 2
        static let width: UInt8 = 3
        static let height: UInt8 = 4
        static let frames: UInt8 = 5
        static let orientation: UInt8 = 6
        static let hasAlpha: UInt8 = 7
        static let colorSpace: UInt8 = 8
        static let name: UInt8 = 9
        static let owner: UInt8 = 10
        static let label: UInt8 = 11
        static let attributeName: UInt8 = 12
        static let attributeValue: UInt8 = 13  // Of the name before it.
        static let uploadedAt: UInt8 = 14
        static let capturedAt: UInt8 = 15
        static let status: UInt8 = 16
        static let error: UInt8 = 17
        static let thumbhash: UInt8 = 18
        static let dominantColor: UInt8 = 19
        static let perceptualHash: UInt8 = 20
        static let failedPreset: UInt8 = 21
        static let focus: UInt8 = 22  // Two numbers of 16 bits, x above.
        static let givenName: UInt8 = 23
        static let givenTime: UInt8 = 24  // Of the name before it.
        static let processorMicroseconds: UInt8 = 40
        static let isFar: UInt8 = 41
    }

    var encoded: [UInt8] {
        var writer = FieldWriter(version: Self.version)
        writer.append(UInt64(byteCount), Tag.byteCount)
        writer.append(type.description, Tag.type)
        writer.append(UInt64(width), Tag.width)
        writer.append(UInt64(height), Tag.height)
        if frames != 1 { writer.append(UInt64(frames), Tag.frames) }
        if orientation != 1 { writer.append(UInt64(orientation), Tag.orientation) }
        if hasAlpha { writer.append(1, Tag.hasAlpha) }
        if colorSpace != "srgb" { writer.append(colorSpace, Tag.colorSpace) }
        if let name { writer.append(name.string, Tag.name) }
        for given in givenNames {
            writer.append(given.name.string, Tag.givenName)
            writer.append(signed: given.time, Tag.givenTime)
        }
        if let owner { writer.append(owner.string, Tag.owner) }
        for tag in tags { writer.append(tag.string, Tag.label) }
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            writer.append(name.string, Tag.attributeName)
            writer.append(value.string, Tag.attributeValue)
        }
        writer.append(signed: uploadedAt, Tag.uploadedAt)
        if let capturedAt { writer.append(signed: capturedAt, Tag.capturedAt) }
        writer.append(UInt64(status.rawValue), Tag.status)
        if let error { writer.append(error, Tag.error) }
        if let thumbhash { writer.append(thumbhash, Tag.thumbhash) }
        if let dominantColor { writer.append(UInt64(dominantColor), Tag.dominantColor) }
        if let perceptualHash { writer.append(perceptualHash, Tag.perceptualHash) }
        if let failedPreset { writer.append(failedPreset, Tag.failedPreset) }
        if let focus { writer.append(UInt64(focus.x) << 16 | UInt64(focus.y), Tag.focus) }
        if let processorMicroseconds {
            writer.append(UInt64(processorMicroseconds), Tag.processorMicroseconds)
        }
        if isFar { writer.append(1, Tag.isFar) }
        return writer.bytes
    }

    init(hash: ContentHash, encoded: [UInt8]) throws(FieldReader.Damage) {
        var reader = try FieldReader(encoded, version: Self.version)
        // Zero marks what every record must have and none can have as its value; the times can.
        self.init(
            hash: hash, byteCount: 0, type: MediaType("-"), width: 0, height: 0,
            uploadedAt: .min, status: .failed)
        var (attributeName, givenName): (UTF8String?, UTF8String?) = (nil, nil)
        var hasStatus = false
        while let field = try reader.next() {
            switch field.tag {
            case Tag.attributeName: attributeName = UTF8String(try field.text())
            case Tag.attributeValue:
                guard let name = attributeName.take() else { throw FieldReader.Damage() }
                attributes[name] = UTF8String(try field.text())
            case Tag.givenName: givenName = UTF8String(try field.text())
            case Tag.givenTime:
                guard let name = givenName.take() else { throw FieldReader.Damage() }
                givenNames.append(GivenName(name, at: try field.signedNumber()))
            case Tag.status:
                guard let status = Status(rawValue: try field.number()) else {
                    throw FieldReader.Damage()
                }
                (self.status, hasStatus) = (status, true)
            default: try take(field)
            }
        }
        // A record of a damaged index, or one that was written with less care, is an error.
        guard type != MediaType("-"), hasStatus, attributeName == nil, isPossible,
            (try? checkLimits()) != nil
        else { throw FieldReader.Damage() }
    }

    private mutating func take(_ field: FieldReader.Field) throws(FieldReader.Damage) {
        switch field.tag {
        case Tag.byteCount: byteCount = try field.number()
        case Tag.type: type = try field.mediaType()
        case Tag.width: width = try field.number()
        case Tag.height: height = try field.number()
        case Tag.frames: frames = try field.number()
        case Tag.orientation: orientation = try field.number()
        case Tag.hasAlpha: hasAlpha = try field.number(as: UInt64.self) != 0
        case Tag.colorSpace: colorSpace = try field.text()
        case Tag.name: name = UTF8String(try field.text())
        case Tag.owner: owner = UTF8String(try field.text())
        case Tag.label: tags.append(UTF8String(try field.text()))
        case Tag.uploadedAt: uploadedAt = try field.signedNumber()
        case Tag.capturedAt: capturedAt = try field.signedNumber()
        case Tag.error: error = try field.text()
        case Tag.thumbhash: thumbhash = Array(field.content)
        case Tag.dominantColor: dominantColor = try field.number()
        case Tag.perceptualHash: perceptualHash = try field.number()
        case Tag.failedPreset: failedPreset = try field.text()
        case Tag.focus: focus = try field.focalPoint()
        case Tag.processorMicroseconds: processorMicroseconds = try field.number()
        case Tag.isFar: isFar = try field.number(as: UInt64.self) != 0
        default: break  // Of a later version.
        }
    }
}

extension FieldReader.Field {
    fileprivate func focalPoint() throws(FieldReader.Damage) -> FocalPoint {
        let both = try number(as: UInt32.self)
        guard let point = FocalPoint(x: UInt16(both >> 16), y: UInt16(both & 0xFFFF))
        else { throw FieldReader.Damage() }
        return point
    }
}
