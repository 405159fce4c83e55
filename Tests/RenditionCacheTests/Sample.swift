import TestSupport
import Digest
import Foundation
import LinuxIO
import Rendition
import RenditionCache

/// Renditions that are made of their number alone, so that whoever finds one can tell whether it is
/// right.
struct Sample: Sendable {
    let original: Int
    let number: Int

    init(_ number: Int, original: Int? = nil) {
        self.number = number
        self.original = original ?? number / 4
    }

    var key: RenditionKey {
        let digest = SHA256Digest(of: Array("rendition \(original) \(number)".utf8))
        return RenditionKey(original: Self.hash(original), digest: digest.bytes.lowHalf)
    }

    static func hash(_ original: Int) -> ContentHash {
        ContentHash(SHA256Digest(of: Array("original \(original)".utf8)))
    }

    /// Between 2 and 20 KB unless said.
    func body(byteCount: Int? = nil) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(number))
        let count = byteCount ?? 2048 + Int(random.next() % 18_432)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            var word = random.next()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    var head: [UInt8] { Array("HTTP/1.1 200 OK\r\nX-Number: \(number)\r\n".utf8) }

    var metadata: EntryMetadata {
        EntryMetadata(
            lastModifiedSeconds: Int64(number), flags: SIMD16(repeating: UInt8(number & 255)))
    }
}

extension RenditionCache {
    /// Offers a sample and waits for what becomes of it.
    @discardableResult
    func insert(
        _ sample: Sample, byteCount: Int? = nil, ticket: PurgeTicket? = nil
    ) async -> InsertOutcome {
        await withCheckedContinuation { continuation in
            insert(
                sample.key, head: sample.head, body: sample.body(byteCount: byteCount),
                metadata: sample.metadata, ticket: ticket ?? self.ticket()
            ) { continuation.resume(returning: $0) }
        }
    }

    /// Waits until what was there before is in the table. Between `fork` and `exec` a child that
    /// another test starts has every descriptor of this process, the lock of a directory too.
    func loaded() async {
        repeat {
            _ = await list(original: Sample.hash(-1))
        } while statistics.writing == .directoryInUse
    }
}

enum Found: Equatable { case nothing, right, wrong }

extension CacheReader {
    func look(for sample: Sample, byteCount: Int? = nil) -> Found {
        var found = Found.nothing
        var isUnreadable = false
        _ = withEntry(sample.key) { entry, head, body in
            guard let body = copy(body) else { return isUnreadable = true }
            let bytes = sample.body(byteCount: byteCount)
            let isRight =
                entry.metadata == sample.metadata && copy(head) == sample.head && body == bytes
            found = isRight ? .right : .wrong
        }
        if isUnreadable { lease(sample.key)?.reportUnreadable() }
        return found
    }

    /// `nil` where the map can not be read.
    private func copy(_ bytes: RawSpan) -> [UInt8]? {
        var copy = [UInt8](repeating: 0, count: bytes.byteCount)
        let isRead = unsafe copy.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return true }
            return unsafe MappedFile.copy(bytes, to: start)
        }
        return isRead ? copy : nil
    }
}

extension Scratch {
    /// What the directory and all in it take on the disk, as `du` counts it, in bytes.
    func diskUsage() throws -> Int {
        let names = try FileManager.default.subpathsOfDirectory(atPath: path)
        return ([path] + names.map { path + "/" + $0 }).reduce(0) { sum, path in
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { return sum }  // Evicted meanwhile.
            return sum + Int(status.st_blocks) * 512
        }
    }

    func generationFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasSuffix(".generation") }.sorted().map { path + "/" + $0 }
    }
}
