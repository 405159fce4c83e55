import Foundation
import LinuxIO
import Originals
import TestSupport
import Testing

@testable import Ingest

/// What is kept of uploads in pieces, without a network.
@Suite struct PartialUploadsTests {
    private static let pool = Result { try BlockingPool(threadCount: 1) }

    private let scratch: Scratch
    private let originals: LocalOriginals
    private let uploads: PartialUploads

    init() throws {
        scratch = try Scratch()
        originals = try LocalOriginals(directory: scratch.path)
        uploads = try PartialUploads(originals.openPartial(), on: Self.pool.get())
    }

    /// As a process finds it that begins now.
    private func found() throws -> PartialUploads {
        try PartialUploads(originals.openPartial(), on: Self.pool.get())
    }

    private func limits(
        count: Int = 100, byteCount: Int = 1 << 20, seconds: Int = 6000
    ) -> PartialUploads.Limits {
        var limits = PartialUploads.Limits()
        (limits.count, limits.byteCount, limits.seconds) = (count, byteCount, seconds)
        return limits
    }

    private func begin(
        _ byteCount: Int, by client: String = "a", _ limits: PartialUploads.Limits? = nil
    ) throws -> PartialUpload {
        try uploads.begin(
            PartialRecord(byteCount: byteCount, client: client, expires: 0),
            within: limits ?? self.limits())
    }

    /// All of it from there on, up to where somebody would look at it.
    private func send(_ bytes: [UInt8], at offset: Int = 0, to upload: PartialUpload) throws {
        let turn = try upload.begin(at: offset)
        try upload.append(bytes, turn: turn)
        #expect(upload.close(turn: turn))
        upload.leave(turn: turn)
    }

    private func file(_ upload: PartialUpload) -> String { scratch.path("partial/\(upload.id)") }

    /// Files below the folder that this process has open.
    private func openFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            Files.target(ofLink: "/proc/self/fd/\($0)")
        }.filter { $0.hasPrefix(scratch.path("partial/")) }
    }

    @Test func whatIsKeptTakesNoPlace() throws {
        var kept: [PartialUpload] = []
        for number in 0..<7 {
            // A quarter of four is one.
            let upload = try begin(3, limits(count: 4, byteCount: 12, seconds: 6000 + number))
            try send([1, 2, 3], to: upload)
            _ = try upload.finish()
            upload.settle()
            kept.append(upload)
        }
        // The latest are remembered, and were so when the last one began.
        #expect(
            kept.map { uploads.find($0.id) != nil } == [false, false]
                + Array(repeating: true, count: 5))
        #expect(try scratch.files().count == 5)
        let again = try found()
        #expect(again.find(kept[6].id)?.kept != nil)
        _ = try again.begin(
            PartialRecord(byteCount: 3, client: "a", expires: 0),
            within: limits(count: 4, byteCount: 12))
    }

    /// That its hash is known does not mean that its bytes have gone.
    @Test func whatIsThereCountsAlthoughItWasRead() throws {
        let limits = limits(byteCount: 1000)
        let upload = try begin(600, limits)
        try send([UInt8](repeating: 1, count: 600), to: upload)
        _ = try upload.finish()
        #expect(upload.reopen())
        #expect(throws: PartialUploads.Refusal.full) { try begin(600, by: "b", limits) }
        let again = try found()
        #expect(throws: PartialUploads.Refusal.full) {
            try again.begin(PartialRecord(byteCount: 600, client: "b", expires: 0), within: limits)
        }
    }

    /// Where the last byte is the same once more, nothing is read.
    @Test func theLastByteAgainIsNoReasonToReadAll() throws {
        let upload = try begin(4)
        try send([1, 2, 3, 4], to: upload)
        let hash = try upload.finish().hash
        #expect(upload.reopen())
        // Nobody but a test does that: whoever reads it now finds another hash.
        try Data([9, 2, 3, 4]).write(to: URL(filePath: file(upload)))
        try send([4], at: 3, to: upload)
        #expect(try upload.finish().hash == hash)
        #expect(upload.reopen())
        try send([5], at: 3, to: upload)
        let other = try upload.finish().hash
        #expect(other != hash)
        // What an earlier process read is read again: it may not have reached the disk.
        try Data([9, 9, 3, 5]).write(to: URL(filePath: file(upload)))
        let again = try #require(try found().find(upload.id))
        try send([5], at: 3, to: again)
        #expect(try again.finish().hash != other)
    }

    @Test func whatHasGoneToBeAnOriginalCanNotGoOn() throws {
        let upload = try begin(4)
        try send([1, 2, 3, 4], to: upload)
        _ = try upload.finish()
        try FileManager.default.removeItem(atPath: file(upload))
        #expect(!upload.reopen())
    }

    @Test func whoeverLosesItsTurnLosesItsDescriptor() throws {
        let upload = try begin(4)
        let turn = try upload.begin(at: 0)
        try upload.append([1], turn: turn)
        #expect(try openFiles().count == 1)
        #expect(try upload.offset() == 1)
        #expect(throws: PartialUpload.Failure.overtaken) { try upload.append([1], turn: turn) }
        upload.leave(turn: turn)
        #expect(try openFiles() == [])
        let next = try upload.begin(at: 1)
        #expect(try openFiles().count == 1)
        upload.leave(turn: next)
        #expect(try openFiles() == [])
    }

    @Test func whoIsCutOffByItsEndIsTold() throws {
        let upload = try begin(4)
        let turn = try upload.begin(at: 0)
        #expect(uploads.remove(upload))
        #expect(throws: PartialUpload.Failure.removed) { try upload.append([1], turn: turn) }
        #expect(throws: PartialUpload.Failure.removed) { try upload.end(turn: turn) }
        #expect(throws: PartialUpload.Failure.removed) { try upload.begin(at: 0) }
        #expect(throws: PartialUpload.Failure.removed) { try upload.offset() }
        #expect(try scratch.files() == [])
    }

    @Test func whatIsTakenBackIsNotThereForTheNextProcess() throws {
        let upload = try begin(4)
        let turn = try upload.begin(at: 0)
        try upload.append([1, 2], turn: turn)
        try upload.takeBack(to: 1, turn: turn)
        #expect(try upload.end(turn: turn) == 1)
        #expect(try found().find(upload.id)?.offset() == 1)
    }
}
