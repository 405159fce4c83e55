import Foundation
import Glibc
import TestSupport
import Testing

/// Files put into a folder are uploads.
@Suite struct DropFolderTests {
    private let manager = FileManager.default

    /// A drop folder, and the edge that takes what is in it.
    private struct Dropping {
        let folder: Scratch
        let edge: Edge

        init(_ folder: Scratch, data: Scratch? = nil) throws {
            self.folder = folder
            edge = try Edge(
                folder: data,
                settings: [
                    "DROP_DIRECTORY": folder.path, "DROP_OWNER": "camera",
                    "DROP_SETTLE_SECONDS": "0.3", "LIMITS_UPLOAD_BYTES": "1MiB",
                ])
        }

        func has(_ path: String) -> Bool { folder.storedFiles.contains(path) }
        func gets(_ path: String) -> Bool { edge.waits { has(path) } }
    }

    /// What an edge keeps must not be taken for what is dropped, by whatever name it is called.
    @Test(arguments: [".", "..", "drop", "originals", "link"])
    func theDataDirectoryIsNoDropFolder(name: String) throws {
        let above = try Scratch()
        let data = try Scratch()
        let hash = try Edge(folder: data).upload(Photos.small(540))
        try manager.createSymbolicLink(
            atPath: above.path("link"), withDestinationPath: data.path)
        let place = name == "link" ? above.path("link/drop") : data.path(name)
        do {
            _ = try Edge(folder: data, settings: ["DROP_DIRECTORY": place])
            Issue.record("it started")
        } catch let failure as Edge.DidNotStart {
            #expect(failure.output.contains("lies within the other"), "\(failure.output)")
        }
        #expect(try Edge(folder: data).ask("/originals/\(hash)").status == 200)
    }

    @Test func takesWhatIsWrittenMovedLinkedAndWhatWasThereBefore() throws {
        let (folder, aside) = (try Scratch(), try Scratch())
        let photos = try (0..<6).map { try Photos.small(500 + $0) }
        try folder.write(photos[0], to: "before/deep/down/0.jpg")
        let drop = try Dropping(folder)
        #expect(drop.gets("done/before/deep/down/0.jpg"))
        try folder.write(photos[1], to: "written.jpg")
        try aside.write(photos[2], to: "2.jpg")
        try manager.moveItem(atPath: aside.path + "/2.jpg", toPath: folder.path + "/moved.jpg")
        try aside.write(photos[3], to: "tree/a/3.jpg")
        try manager.moveItem(atPath: aside.path + "/tree", toPath: folder.path + "/tree")
        try aside.write(photos[4], to: "4.jpg")
        try manager.linkItem(atPath: aside.path + "/4.jpg", toPath: folder.path + "/linked.jpg")
        // Into a directory that came a moment ago, under its second name.
        #expect(drop.gets("done/tree/a/3.jpg"))
        try manager.moveItem(atPath: folder.path + "/tree", toPath: folder.path + "/wood")
        try folder.write(photos[5], to: "wood/a/5.jpg")
        for name in ["written.jpg", "moved.jpg", "linked.jpg", "wood/a/5.jpg"] {
            #expect(drop.gets("done/\(name)"), "\(name): \(folder.storedFiles)")
        }
        for photo in photos {
            #expect(try drop.edge.ask("/originals/\(contentHash(photo))").content == photo)
        }
        let document = try drop.edge.ask("/images/\(contentHash(photos[3]))").object
        #expect(document["name"] as? String == "3.jpg")
        #expect(document["owner"] as? String == "camera")
        #expect(try drop.edge.metrics()["pollex_drop_files_total{result=\"created\"}"] == 6)
    }

    @Test func leavesWhatIsNotComplete() throws {
        let folder = try Scratch()
        let drop = try Dropping(folder)
        let photo = try Photos.small(510)
        for name in [".hidden.jpg", "download.jpg.part", "a.tmp", ".cache/a.jpg"] {
            try folder.write(photo, to: name)
        }
        let path = folder.path + "/slow.jpg"
        let writer = unsafe open(path, O_WRONLY | O_CREAT, 0o600)
        #expect(unsafe write(writer, photo, photo.count / 2) == photo.count / 2)
        // Much later by the folder's own clock: others come and go.
        for number in 0..<3 {
            try folder.write(try Photos.small(520 + number), to: "\(number).jpg")
            #expect(drop.gets("done/\(number).jpg"))
        }
        #expect(drop.edge.waits(seconds: 1) { !drop.has("slow.jpg") } == false)
        let rest = Array(photo[(photo.count / 2)...])
        #expect(unsafe write(writer, rest, rest.count) == rest.count)
        close(writer)
        #expect(drop.gets("done/slow.jpg"))
        #expect(try drop.edge.ask("/originals/\(contentHash(photo))").content == photo)
        try manager.moveItem(
            atPath: folder.path + "/download.jpg.part", toPath: folder.path + "/download.jpg")
        #expect(drop.gets("done/download.jpg"))
        #expect(drop.has(".hidden.jpg") && drop.has("a.tmp") && drop.has(".cache/a.jpg"))
    }

    @Test func sortsOutWhatIsNoImageAndSaysWhy() throws {
        let folder = try Scratch()
        let drop = try Dropping(folder)
        try folder.write(Array("no picture".utf8), to: "notes/a.jpg")
        try folder.write([], to: "empty.jpg")
        try folder.write([UInt8](repeating: 7, count: 2 << 20), to: "big.jpg")
        let whole = try Photos.small(530)
        try folder.write(Array(whole.prefix(whole.count / 2)), to: "half.jpg")
        let long = String(repeating: "n", count: 251) + ".jpg"
        try folder.write(Array("no picture".utf8), to: long)
        for (name, word) in [
            ("notes/a.jpg", "refused"), ("empty.jpg", "empty"), ("big.jpg", "too-large"),
            ("half.jpg", "refused"),
        ] {
            #expect(drop.gets("failed/\(name)"), "\(name): \(folder.storedFiles)")
            let reason = try Photos.bytes(folder.path + "/failed/\(name).reason.txt")
            let text = String(decoding: reason, as: UTF8.self)
            #expect(text.hasPrefix("\(word): ") && text.hasSuffix("\n"), "\(text)")
        }
        #expect(drop.gets("failed/\(long)"))
        try folder.write(Array("no picture either".utf8), to: "notes/a.jpg")
        #expect(drop.gets("failed/notes/a.jpg.~1~"))
        #expect(drop.has("failed/notes/a.jpg.~1~.reason.txt"))
        try folder.write(whole, to: "half.jpg")
        #expect(drop.gets("done/half.jpg"))
        try folder.write(whole, to: "half.jpg")
        #expect(drop.gets("done/half.jpg.~1~"))
        #expect(try drop.edge.metrics()["pollex_drop_files_total{result=\"known\"}"] == 1)
        #expect(drop.edge.stop() == 0)
    }

    /// A dropped file may have the name that another one's reason would get, and long names are
    /// cut to the same one.
    @Test func noReasonTakesThePlaceOfAFile() throws {
        let folder = try Scratch()
        let drop = try Dropping(folder)
        let kept = Array("somebody's notes".utf8)
        try folder.write(kept, to: "a.jpg.reason.txt")
        #expect(drop.gets("failed/a.jpg.reason.txt.reason.txt"))
        #expect(drop.gets("failed/a.jpg.reason.txt"))
        try folder.write(Array("no picture".utf8), to: "a.jpg")
        #expect(drop.gets("failed/a.jpg.~1~"), "\(folder.storedFiles)")
        #expect(drop.has("failed/a.jpg.~1~.reason.txt") && !drop.has("failed/a.jpg"))
        #expect(try Photos.bytes(folder.path + "/failed/a.jpg.reason.txt") == kept)
        // What is the beginning of its words is still a file with a reason of its own.
        try folder.write([], to: "b.jpg.reason.txt")
        #expect(drop.gets("failed/b.jpg.reason.txt"))
        try folder.write(Array("no picture".utf8), to: "b.jpg")
        #expect(drop.gets("failed/b.jpg.~1~"), "\(folder.storedFiles)")
        #expect(try Photos.bytes(folder.path + "/failed/b.jpg.reason.txt") == [])
        // A reason that was left without its file is written again.
        try folder.write(Array("refus".utf8), to: "failed/c.jpg.reason.txt")
        try folder.write(Array("no picture".utf8), to: "c.jpg")
        #expect(drop.gets("failed/c.jpg"), "\(folder.storedFiles)")
        let long = String(repeating: "n", count: 250)
        for end in 1...3 {
            try folder.write(Array("no picture \(end)".utf8), to: "\(long)\(end)")
            // Each has a reason of its own.
            #expect(
                drop.edge.waits {
                    folder.storedFiles.count { $0.hasPrefix("failed/nnn") } == 2 * end
                }, "\(folder.storedFiles)")
        }
        #expect(drop.edge.stop() == 0)
    }

    @Test func followsNoLinksAndTakesFilesOnly() throws {
        let (folder, outside) = (try Scratch(), try Scratch())
        let photo = try Photos.small(540)
        try outside.write(photo, to: "secret/a.jpg")
        try manager.createSymbolicLink(
            atPath: folder.path + "/file.jpg", withDestinationPath: outside.path + "/secret/a.jpg")
        let drop = try Dropping(folder)
        try manager.createSymbolicLink(
            atPath: folder.path + "/tree", withDestinationPath: outside.path + "/secret")
        try manager.createSymbolicLink(
            atPath: folder.path + "/later.jpg", withDestinationPath: outside.path + "/secret/a.jpg")
        #expect(unsafe mkfifo(folder.path + "/pipe.jpg", 0o600) == 0)
        // What comes after them has been looked at after them.
        for number in 0..<3 {
            try folder.write(try Photos.small(550 + number), to: "\(number).jpg")
            #expect(drop.gets("done/\(number).jpg"))
        }
        #expect(try drop.edge.ask("/originals/\(contentHash(photo))").status == 404)
        #expect(outside.storedFiles == ["secret/a.jpg"])
        #expect(!drop.has("done/file.jpg") && !drop.has("failed/file.jpg"))
        #expect(drop.edge.stop() == 0)
    }

    /// What stands where a file is to go is neither followed nor written through, while the edge
    /// runs and below it as well; the file stays, and the log says why.
    @Test(arguments: ["done", "done/a", "failed", "failed/a"])
    func whatIsInTheWayIsNotFollowed(place: String) throws {
        let (folder, aside) = (try Scratch(), try Scratch())
        let drop = try Dropping(folder)
        let isImage = place.utf8.starts(with: "done".utf8)
        let bytes = isImage ? try Photos.small(520) : Array("no image".utf8)
        let top = String(place.prefix { $0 != "/" })
        try manager.moveItem(atPath: "\(folder.path)/\(top)", toPath: "\(folder.path)/.old")
        if place != top {
            try manager.createDirectory(
                atPath: "\(folder.path)/\(top)", withIntermediateDirectories: false)
        }
        try manager.createSymbolicLink(
            atPath: "\(folder.path)/\(place)", withDestinationPath: aside.path)
        try folder.write(bytes, to: "a/b/x.jpg")
        let event = try #require(drop.edge.event("drop-deferred"))
        #expect(event["path"] as? String == "a/b/x.jpg")
        #expect((event["reason"] as? String)?.contains("\(top)/a/b") == true, "\(event)")
        #expect(drop.has("a/b/x.jpg"))
        #expect(try manager.subpathsOfDirectory(atPath: aside.path).isEmpty)
    }

    /// A file that can not be moved leaves no reason behind in `failed`.
    @Test func noReasonIsLeftWithoutItsFile() throws {
        let folder = try Scratch()
        let photo = Array("no image".utf8)
        try folder.write(photo, to: "x.jpg")
        let file = "\(folder.path)/x.jpg"
        func chattr(_ flag: String) throws -> Int32 {
            try run("/usr/bin/env", ["chattr", flag, file]).status
        }
        // A file that nobody may rename, where the file system knows such.
        guard try chattr("+i") == 0 else { return }
        defer { _ = try? chattr("-i") }
        let drop = try Dropping(folder)
        #expect(drop.edge.event("drop-deferred") != nil)
        #expect(drop.has("x.jpg") && folder.storedFiles == ["x.jpg"], "\(folder.storedFiles)")
    }

    @Test func oneEdgeOnlyTakesFromAFolder() throws {
        let folder = try Scratch()
        let drop = try Dropping(folder)
        #expect(throws: Edge.DidNotStart.self) { _ = try Dropping(folder) }
        #expect(drop.edge.stop() == 0)
        _ = try Dropping(folder)
    }
}

extension Scratch {
    /// Makes the directories on the way.
    func write(_ bytes: [UInt8], to name: String) throws {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }
}
