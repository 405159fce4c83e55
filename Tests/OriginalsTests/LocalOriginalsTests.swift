import Digest
import Foundation
import LinuxIO
import Rendition
import TestSupport
import Testing

@testable import Originals

@Suite struct LocalOriginalsTests {
    /// The bytes of `pieces`, written one by one and committed.
    @discardableResult
    private func store(
        _ pieces: [[UInt8]], in originals: LocalOriginals
    ) throws -> ContentHash {
        var writer = try originals.begin()
        for piece in pieces { try writer.append(piece.span) }
        let finished = writer.finish()
        try originals.commit(finished, as: .sample)
        return finished.hash
    }

    private func contents(_ hash: ContentHash, in originals: LocalOriginals) throws -> [UInt8] {
        let stored = try originals.open(hash)
        return try Files.read(
            stored.descriptor.rawValue, offset: 0, byteCount: stored.byteCount + 1)
    }

    @Test func givesBackTheBytesUnderTheirName() throws {
        let scratch = try Scratch()
        let originals = try LocalOriginals(directory: scratch.path)
        let pieces: [[UInt8]] = [[1, 2, 3], [], [UInt8](repeating: 7, count: 200_000)]
        let hash = try store(pieces, in: originals)
        let bytes = Array(pieces.joined())
        #expect(hash == ContentHash(SHA256Digest(of: bytes)))
        #expect(try contents(hash, in: originals) == bytes)
        #expect(try originals.contains(hash))
        #expect(
            try scratch.files() == [
                "\(hash.hex.prefix(2))/\(hash.hex.dropFirst(2).prefix(2))/\(hash.hex)"
            ])
    }

    @Test func knowsWhenItWasStored() throws {
        let scratch = try Scratch()
        let originals = try LocalOriginals(directory: scratch.path)
        let before = Clock.wallSeconds()
        let hash = try store([[1]], in: originals)
        let stored = try originals.open(hash)
        #expect((before - 1...Clock.wallSeconds() + 1).contains(stored.modifiedSeconds))
    }

    @Test func isPrivateToItsUser() throws {
        let scratch = try Scratch()
        let originals = try LocalOriginals(directory: scratch.path + "/made/with/parents")
        let hash = try store([[1]], in: originals)
        let file =
            scratch.path + "/made/with/parents/" + hash.hex.prefix(2) + "/"
            + hash.hex.dropFirst(2).prefix(2) + "/" + hash.hex
        for (path, mode) in [(file, 0o600), (scratch.path + "/made/with/parents/tmp", 0o700)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == mode, "\(path)")
        }
    }

    @Test func keepingTheSameBytesTwiceIsNoError() throws {
        let scratch = try Scratch()
        let originals = try LocalOriginals(directory: scratch.path)
        let first = try store([[1, 2]], in: originals)
        let second = try store([[1], [2]], in: originals)
        #expect(first == second)
        #expect(try scratch.files().count == 1)
    }

    @Test func mendsBytesThatHadSuffered() throws {
        let scratch = try Scratch()
        let originals = try LocalOriginals(directory: scratch.path)
        let hash = try store([[1, 2]], in: originals)
        let file = try #require(try scratch.files().first)
        try Data([9]).write(to: URL(fileURLWithPath: "\(scratch.path)/\(file)"))
        try store([[1, 2]], in: originals)
        #expect(try contents(hash, in: originals) == [1, 2])
    }

    @Test func whatIsDroppedLeavesNothing() throws {
        let scratch = try Scratch()
        let originals = try LocalOriginals(directory: scratch.path)
        do {
            var writer = try originals.begin()
            try writer.append([1, 2, 3].span)
            #expect(try scratch.files().count == 1)
        }
        #expect(try scratch.files() == [])
        let hash: ContentHash
        do {
            let finished = try originals.begin().finish()
            hash = finished.hash
        }
        #expect(try scratch.files() == [])
        #expect(try !originals.contains(hash))
    }

    @Test func aWorkerCanReadBeforeTheCommit() throws {
        let scratch = try Scratch()
        let originals = try LocalOriginals(directory: scratch.path)
        var writer = try originals.begin()
        try writer.append([1, 2, 3].span)
        let finished = writer.finish()
        let descriptor = try finished.openForReading()
        #expect(try Files.read(descriptor.rawValue, offset: 0, byteCount: 9) == [1, 2, 3])
        #expect(fcntl(descriptor.rawValue, F_GETFL) & O_ACCMODE == O_RDONLY)
        #expect(fcntl(descriptor.rawValue, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func listsEveryHashAndNothingElse() throws {
        let scratch = try Scratch()
        let originals = try LocalOriginals(directory: scratch.path)
        let stored = Set(try (UInt8(0)..<50).map { try store([[$0]], in: originals) })
        let upload = try originals.begin()
        let stray = "\(scratch.path)/\(try #require(stored.first).hex.prefix(2))/stray"
        try FileManager.default.createDirectory(
            atPath: stray, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(stray)/\(String(repeating: "a", count: 64))"))
        var seen: [ContentHash] = []
        try originals.forEachHash {
            seen.append($0)
            return true
        }
        #expect(Set(seen) == stored && seen.count == stored.count)
        var count = 0
        try originals.forEachHash { _ in
            count += 1
            return count < 3
        }
        #expect(count == 3)
        _ = upload.finish()
    }

    @Test func sweepsWhatACrashLeft() throws {
        let scratch = try Scratch()
        let hash: ContentHash
        do {
            let originals = try LocalOriginals(directory: scratch.path)
            hash = try store([[1, 2, 3]], in: originals)
        }
        try Data([1]).write(to: URL(fileURLWithPath: "\(scratch.path)/tmp/0"))
        let originals = try LocalOriginals(directory: scratch.path)
        #expect(try scratch.files().count == 1)
        #expect(try contents(hash, in: originals) == [1, 2, 3])
    }

    @Test func twoOnOneDirectoryAreRefused() throws {
        let scratch = try Scratch()
        let first = try LocalOriginals(directory: scratch.path)
        #expect(throws: OriginalsError.inUse) { try LocalOriginals(directory: scratch.path) }
        try store([[1]], in: first)
    }

    @Test func aDirectoryThatCanNotBeMadeIsAFailure() {
        #expect(throws: OriginalsError.failed("mkdirat: Not a directory")) {
            try LocalOriginals(directory: "/dev/null/originals")
        }
    }

    @Test func concurrentUploadsAreAllKept() async throws {
        let scratch = try Scratch()
        let originals = try LocalOriginals(directory: scratch.path)
        let hashes = try await withThrowingTaskGroup(of: ContentHash.self) { group in
            for index in 0..<40 {
                group.addTask { try self.store([[UInt8(index % 20)]], in: originals) }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(hashes.count == 20)
        #expect(try scratch.files().count == 20)
    }
}
