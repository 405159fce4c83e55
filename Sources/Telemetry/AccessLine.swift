/// One line of the access log: a JSON object that never holds a token or a signature.
enum AccessLine {
    /// No allocation: some hundred thousand lines a second may have to be written.
    static func append(
        _ request: RequestRecord, target: Span<UInt8>, remote: Span<UInt8>,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("time")
        writer.timestamp(microseconds: request.startedAtMicroseconds)
        writer.key("id")
        writer.hexadecimal(request.requestID)
        writer.key("remote")
        if remote.isEmpty { writer.null() } else { writer.string(remote) }
        writer.field("method", request.method.label)
        writer.key("target")
        writer.beginString()
        appendRedacted(target, to: &writer)
        writer.endString()
        writer.field("route", request.route.label)
        writer.field("status", UInt64(request.status))
        writer.field("bytes", request.byteCount)
        writer.field("cache", request.cacheResult.label)
        writer.field("duration_us", request.durationNanoseconds / 1000)
        if request.queueMicroseconds != 0 || request.jobMicroseconds != 0 {
            writer.field("queue_us", UInt64(request.queueMicroseconds))
            writer.field("job_us", UInt64(request.jobMicroseconds))
        }
        writer.endObject()
        writer.endLine()
    }

    /// The target without the values of secret query parameters.
    private static func appendRedacted(_ target: Span<UInt8>, to writer: inout JSONWriter) {
        var position = index(of: UInt8(ascii: "?"), in: target, from: 0)
        var keptFrom = 0
        while position < target.count {
            let name = position + 1  // Behind "?" or "&".
            let next = index(of: UInt8(ascii: "&"), in: target, from: name)
            let equals = index(of: UInt8(ascii: "="), in: target, from: name)
            if equals < next, isSecret(target.extracting(name..<equals)) {
                writer.append(target.extracting(keptFrom..<equals + 1))
                keptFrom = next
            }
            position = next
        }
        writer.append(target.extracting(keptFrom..<target.count))
    }

    /// The first place of `byte`, or the end.
    private static func index(of byte: UInt8, in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, text[index] != byte { index += 1 }
        return min(index, text.count)
    }

    private static func isSecret(_ name: Span<UInt8>) -> Bool {
        spells("signature", name) || spells("expires", name) || spells("token", name)
            || spells("access_token", name)
    }

    /// Whether `name`, percent-decoded and in lower case, is `word`.
    private static func spells(_ word: String, _ name: Span<UInt8>) -> Bool {
        var index = 0
        for letter in word.utf8 {
            guard index < name.count else { return false }
            var byte = name[index]
            if byte == UInt8(ascii: "%"), index + 2 < name.count,
                let high = nibble(name[index + 1]), let low = nibble(name[index + 2])
            {
                byte = high << 4 | low
                index += 2
            }
            if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            guard byte == letter else { return false }
            index += 1
        }
        return index == name.count
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
