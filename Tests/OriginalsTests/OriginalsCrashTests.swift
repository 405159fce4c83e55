import Digest
import Foundation
import LinuxIO
import Rendition
import TestSupport
import Testing

@testable import Originals

/// A process killed at any moment leaves every acknowledged original whole and no half one visible.
@Suite struct OriginalsCrashTests {
    @Test(arguments: 0..<4)
    func acknowledgedOriginalsSurviveAKill(round: Int) async throws {
        let scratch = try Scratch()
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = scratch.path as String, round = round as Int] in
            try Self.uploadUntilKilled(in: path, round: round)
        }
        let acknowledged = try Data(
            contentsOf: URL(fileURLWithPath: "\(scratch.path)/acknowledged"))
        let lines = String(decoding: acknowledged, as: UTF8.self).split(separator: "\n")
        #expect(lines.count >= 10)
        let originals = try LocalOriginals(directory: "\(scratch.path)/originals")
        for line in lines {
            let hash = try #require(ContentHash(hex: line))
            #expect(try originals.contains(hash))
        }
        var hashes: [ContentHash] = []
        try originals.forEachHash {
            hashes.append($0)
            return true
        }
        #expect(hashes.count >= lines.count)
        for hash in hashes {
            let stored = try originals.open(hash)
            let bytes = try Files.read(
                stored.descriptor.rawValue, offset: 0, byteCount: stored.byteCount)
            #expect(ContentHash(SHA256Digest(of: bytes)) == hash)
        }
    }

    /// Two threads upload; the second kills the process in the middle of some call of the first.
    private static func uploadUntilKilled(in path: String, round: Int) throws {
        let originals = try LocalOriginals(directory: "\(path)/originals")
        let log = unsafe open("\(path)/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let upload: @Sendable (Int) throws -> Void = { number in
            var writer = try originals.begin()
            for piece in 0..<20 {
                try writer.append([UInt8](repeating: UInt8(piece), count: 4096).span)
            }
            try writer.append(Array("\(number)".utf8).span)
            let finished = writer.finish()
            try originals.commit(finished, as: .sample)
            _ = unsafe write(log, "\(finished.hash.hex)\n", 65)
        }
        Thread.detachNewThread {
            for number in 0... { try? upload(number) }
        }
        for number in 0..<10 { try upload(1_000_000 + number) }
        // Some way into a call of the other thread, another way in each round.
        for number in 0..<(round * 5_000) { _ = SHA256Digest(of: [UInt8(number & 255)]) }
        kill(getpid(), SIGKILL)
    }
}
