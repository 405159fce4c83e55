import Foundation
import LinuxIO
import Rendition
import Testing

@testable import Originals

/// A real file system of one megabyte, where one can be mounted.
@Suite(.enabled(if: SmallDisk.isPossible, "a small file system can not be mounted here"))
struct FailingStorageTests {
    @Test func aFullDiskKeepsNothingAndRecovers() throws {
        let disk = try SmallDisk()
        let originals = try LocalOriginals(directory: disk.path)
        let kept = try store(UInt8(1), count: 600_000, in: originals)
        #expect(throws: OriginalsError.full) { try store(2, count: 600_000, in: originals) }
        #expect(try disk.temporaryFiles() == [])
        try originals.delete(kept, before: .zero)
        let second = try store(2, count: 600_000, in: originals)
        #expect(try originals.open(second).byteCount == 600_000)
    }

    @Test func aDiskThatTurnsReadOnlyIsAFailureAndStillReads() throws {
        let disk = try SmallDisk()
        let originals = try LocalOriginals(directory: disk.path)
        let kept = try store(1, count: 1000, in: originals)
        try disk.remount(readOnly: true)
        #expect(throws: OriginalsError.failed("openat: Read-only file system")) {
            _ = try originals.begin()
        }
        #expect(throws: OriginalsError.failed("unlinkat: Read-only file system")) {
            try originals.delete(kept, before: .zero)
        }
        #expect(try originals.open(kept).byteCount == 1000)
        try disk.remount(readOnly: false)
        try store(2, count: 1000, in: originals)
    }

    /// Nothing of an upload in pieces whose record finds no room stays, and the old record does.
    @Test func aFullDiskLeavesNoRecordHalfWritten() throws {
        let disk = try SmallDisk()
        let folder = try LocalOriginals(directory: disk.path).openPartial()
        func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "\(disk.path)/partial").sorted()
        }
        let large = [UInt8](repeating: 1, count: 2 << 20)
        #expect(throws: OriginalsError.full) { try folder.begin("a", record: large) }
        #expect(try files() == [])
        try folder.begin("a", record: [1])
        #expect(throws: OriginalsError.full) { try folder.replaceRecord(of: "a", by: large) }
        #expect(try files() == ["a", "a.json"])
        #expect(try folder.records().map { $0.record } == [[1]])
        // What a crash left beside it goes with it.
        try Data([1]).write(to: URL(filePath: "\(disk.path)/partial/a.new"))
        folder.remove("a")
        #expect(try files() == [])
    }

    @Test func outOfNamesIsFull() throws {
        let disk = try SmallDisk(options: "size=1m,nr_inodes=6")
        let originals = try LocalOriginals(directory: disk.path)
        #expect(throws: OriginalsError.full) {
            for byte in UInt8(0)..<10 { try store(byte, count: 1, in: originals) }
        }
        #expect(try disk.temporaryFiles() == [])
    }

    @discardableResult
    private func store(
        _ byte: UInt8, count: Int, in originals: LocalOriginals
    ) throws -> ContentHash {
        var writer = try originals.begin()
        let piece = [UInt8](repeating: byte, count: 1000)
        for _ in 0..<(max(count / piece.count, 1)) {
            try writer.append(piece.span)
        }
        let finished = writer.finish()
        try originals.commit(finished, as: .sample)
        return finished.hash
    }
}

private final class SmallDisk {
    /// Root in a container may not mount either.
    static let isPossible = (try? SmallDisk()) != nil

    let path: String

    init(options: String = "size=1m") throws {
        path = FileManager.default.temporaryDirectory.path + "/disk-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        do {
            try systemCall("mount") { unsafe mount("tmpfs", path, "tmpfs", 0, options) }
        } catch {
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
    }

    func remount(readOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (readOnly ? UInt(MS_RDONLY) : 0)
        try systemCall("mount") { unsafe mount("tmpfs", path, "tmpfs", flags, nil) }
    }

    func temporaryFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/tmp")
    }

    deinit {
        _ = unsafe umount2(path, CInt(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: path)
    }
}
