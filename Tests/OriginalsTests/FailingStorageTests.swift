import Foundation
import LinuxIO
import Rendition
import Testing

@testable import Originals

/// A real file system of one megabyte, which only root can mount.
@Suite(.enabled(if: geteuid() == 0, "mounting a small file system needs root"))
struct FailingStorageTests {
    @Test func aFullDiskKeepsNothingAndRecovers() throws {
        let disk = try SmallDisk()
        let originals = try LocalOriginals(directory: disk.path)
        let kept = try store(UInt8(1), count: 600_000, in: originals)
        #expect(throws: OriginalsError.full) { try store(2, count: 600_000, in: originals) }
        #expect(try disk.temporaryFiles() == [])
        try originals.delete(kept)
        let second = try store(2, count: 600_000, in: originals)
        #expect(try originals.open(second).byteCount == 600_000)
    }

    @Test func aDiskThatTurnsReadOnlyIsAFailureAndStillReads() throws {
        let disk = try SmallDisk()
        let originals = try LocalOriginals(directory: disk.path)
        let kept = try store(1, count: 1000, in: originals)
        try disk.remount("ro")
        let failure = OriginalsError.failed(SystemError(call: "", code: EROFS))
        #expect(throws: failure) { _ = try originals.begin() }
        #expect(throws: failure) { try originals.delete(kept) }
        #expect(try originals.open(kept).byteCount == 1000)
        try disk.remount("rw")
        try store(2, count: 1000, in: originals)
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
        try originals.commit(finished)
        return finished.hash
    }
}

private final class SmallDisk {
    let path: String

    init(options: String = "size=1m") throws {
        path = FileManager.default.temporaryDirectory.path + "/disk-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        try run("/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", path])
    }

    func remount(_ option: String) throws {
        try run("/bin/mount", ["-o", "remount,\(option)", path])
    }

    func temporaryFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/tmp")
    }

    deinit {
        try? run("/bin/umount", ["-l", path])
        try? FileManager.default.removeItem(atPath: path)
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let process = try Process.run(URL(fileURLWithPath: program), arguments: arguments)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) \(arguments)")
    }
}
