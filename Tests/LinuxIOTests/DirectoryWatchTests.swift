import Foundation
import LinuxIO
import TestSupport
import Testing
import Text

@Suite struct DirectoryWatchTests {
    private let scratch: Scratch
    private var path: String { scratch.path }

    init() throws { scratch = try Scratch() }

    /// Events until one passes.
    private func changes(
        of watch: DirectoryWatch, until passes: (DirectoryWatch.Change) -> Bool
    ) -> [DirectoryWatch.Change] {
        var seen: [DirectoryWatch.Change] = []
        let deadline = Clock.monotonic() + .seconds(60)
        while !seen.contains(where: passes), Clock.monotonic() < deadline {
            watch.wait(milliseconds: 1000)
            seen += watch.read().map(\.change)
        }
        return seen
    }

    @Test func tellsOfNamesAndOfTheEndOfWriting() throws {
        let directory = try Directory(at: path)
        let watch = try DirectoryWatch()
        let number = try watch.add(directory)
        #expect(try watch.add(directory) == number, "the same directory")
        try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/a"))
        #expect(changes(of: watch) { $0 == .written(name: "a") }.contains(.written(name: "a")))
        try directory.rename("a", to: "b")
        let moved = DirectoryWatch.Change.appeared(name: "b", isDirectory: false, wasMoved: true)
        #expect(changes(of: watch) { $0 == moved }.contains(moved))
        try directory.makeDirectory("c")
        let made = DirectoryWatch.Change.appeared(name: "c", isDirectory: true, wasMoved: false)
        #expect(changes(of: watch) { $0 == made }.contains(made))
        try directory.rename("c", to: "d")
        #expect(
            changes(of: watch) { $0 == .directoryLeft(name: "c") }
                .contains(.directoryLeft(name: "c")))
        watch.remove(number)
        #expect(changes(of: watch) { $0 == .ended }.contains(.ended))
    }

    @Test func isWokenFromOutside() throws {
        let watch = try DirectoryWatch()
        watch.wake()
        watch.wait(milliseconds: -1)
        #expect(watch.read().isEmpty)
    }

    @Test func followsNoSymbolicLinkAndStaysBelow() throws {
        let directory = try Directory(at: path)
        try directory.makeDirectory("real")
        try FileManager.default.createSymbolicLink(
            atPath: path + "/link", withDestinationPath: "real")
        _ = try directory.directory("real")
        for name in ["link", "..", "real/../.."] {
            #expect(throws: SystemError.self) { _ = try directory.directory(name) }
        }
        #expect(throws: SystemError.self) { _ = try directory.openAnything("link") }
    }

    @Test func knowsWhetherAFileIsBeingWritten() throws {
        let directory = try Directory(at: path)
        let writing = SharedDescriptor(try directory.create("a"))
        let reading = SharedDescriptor(try directory.open("a"))
        #expect(Files.hasWriter(reading) == true)
        withExtendedLifetime(writing) {}
        let other = SharedDescriptor(try directory.create("b"))
        let alone = SharedDescriptor(try directory.open("b"))
        _ = consume other
        #expect(Files.hasWriter(alone) == false)
    }

    @Test func movesToAFreeNameOnly() throws {
        let directory = try Directory(at: path)
        _ = try directory.create("a")
        let other = try directory.makeDirectories("x/y")
        #expect(try directory.move("a", to: "a", in: other))
        _ = try directory.create("a")
        #expect(try !directory.move("a", to: "a", in: other))
        #expect(try directory.names(in: "x/y") == ["a"])
    }
}
