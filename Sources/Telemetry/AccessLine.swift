/// One line of the access log: a JSON object that never holds a token or a signature.
enum AccessLine {
    static func append(
        _ request: RequestRecord, target: Span<UInt8>, remote: Span<UInt8>,
        to bytes: inout [UInt8]
    ) {
        var writer = JSONWriter(appendingTo: bytes)
        bytes = []  // Given up, so that the writer appends in place.
        writer.beginObject()
        writer.key("time")
        writer.timestamp(microseconds: request.startedAtMicroseconds)
        writer.key("id")
        writer.hexadecimal(request.requestID)
        writer.key("remote")
        if remote.isEmpty { writer.null() } else { writer.string(remote) }
        writer.field("method", request.method.label)
        writer.key("target")
        writer.string(redacted(target).span)
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
        bytes = writer.finish()
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The names, compared without case and after percent decoding, whose values are cut.
    private static let secretNames = ["signature", "expires", "token", "access_token"]
        .map { Array($0.utf8) }

    /// The target with the values of secret query parameters left out.
    static func redacted(_ target: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(target.count)
        var index = 0
        while index < target.count, target[index] != UInt8(ascii: "?") {
            result.append(target[index])
            index += 1
        }
        while index < target.count {
            result.append(target[index])  // "?" or "&"
            index += 1
            let name = index
            while index < target.count, !isEndOfName(target[index]) { index += 1 }
            let secret = isSecret(target.extracting(name..<index))
            for place in name..<index { result.append(target[place]) }
            if index < target.count, target[index] == UInt8(ascii: "=") {
                result.append(target[index])
                index += 1
            }
            while index < target.count, target[index] != UInt8(ascii: "&") {
                if !secret { result.append(target[index]) }
                index += 1
            }
        }
        return result
    }

    private static func isEndOfName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "=") || byte == UInt8(ascii: "&")
    }

    private static func isSecret(_ name: Span<UInt8>) -> Bool {
        var decoded: [UInt8] = []
        var index = 0
        while index < name.count {
            var byte = name[index]
            if byte == UInt8(ascii: "%"), index + 2 < name.count,
                let high = nibble(name[index + 1]), let low = nibble(name[index + 2])
            {
                byte = high << 4 | low
                index += 2
            }
            decoded.append(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
            index += 1
        }
        return secretNames.contains(decoded)
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
