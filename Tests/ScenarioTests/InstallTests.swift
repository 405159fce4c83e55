import Foundation
import TestSupport
import Testing

/// `make install` and `make uninstall` with the programs of this build.
@Suite struct InstallTests {
    private let folder: Scratch
    private var root: String { "\(folder.path)/root" }

    init() throws { folder = try Scratch() }

    private func make(_ target: String, prefix: String = "/usr") throws {
        let made = try run(
            "/usr/bin/make",
            [
                "-C", Photos.root.path, "-o", "build", target, "DESTDIR=\(root)",
                "PREFIX=\(prefix)", "PRODUCTS=\(Edge.products.path)",
            ])
        try #require(made.status == 0, "\(String(decoding: made.output, as: UTF8.self))")
    }

    private var files: [String] {
        let found = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return found.filter { path in
            let facts = try? FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")
            return facts?[.type] as? FileAttributeType == .typeRegular
        }
    }

    @Test(arguments: [("/usr", "etc"), ("/opt/pollex", "opt/pollex/etc")])
    func whatIsInstalledRunsAndGoesAway(prefix: String, configuration: String) throws {
        try make("install", prefix: prefix)
        let version = try run("\(root)\(prefix)/bin/pollex", ["version"])
        #expect(version.status == 0)
        let unit = try String(
            contentsOfFile: "\(root)\(prefix)/lib/systemd/system/pollex.service", encoding: .utf8)
        #expect(
            unit.contains(
                "ExecStart=\(prefix)/bin/pollex serve "
                    + "--config /\(configuration)/pollex/pollex.json5\n"))
        #expect(files.count > 10)
        let share = prefix.dropFirst() + "/share"
        for file in ["man/man1/pollex.1.gz", "bash-completion/completions/pollex"] {
            #expect(files.contains("\(share)/\(file)"), "\(files)")
        }
        try make("uninstall", prefix: prefix)
        #expect(files.isEmpty, "\(files)")
    }

    /// A page that is installed links to what is installed.
    @Test func noLinkOfAPageLeadsNowhere() throws {
        try make("install")
        let pages = files.filter { $0.hasSuffix(".md") }
        let others = try FileManager.default.contentsOfDirectory(
            atPath: Photos.root.appending(path: "docs").path)
        let count = 1 + others.filter { $0.hasSuffix(".md") }.count
        #expect(pages.count == count && count > 1, "\(pages)")
        for page in pages {
            let place = URL(filePath: "\(root)/\(page)")
            let text = try String(contentsOf: place, encoding: .utf8)
            for match in text.matches(of: /\]\(([^)#\s]+)[^)]*\)/) {
                let link = String(match.output.1)
                guard !link.contains("://") else { continue }
                let target = place.deletingLastPathComponent().appending(path: link).path
                #expect(FileManager.default.fileExists(atPath: target), "\(page): \(link)")
            }
        }
    }

    @Test func aChangedConfigurationOutlivesBoth() throws {
        try make("install")
        let file = "\(root)/etc/pollex/pollex.json5"
        try "{ loops: 1 }".write(toFile: file, atomically: false, encoding: .utf8)
        try make("install")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "{ loops: 1 }")
        try make("uninstall")
        #expect(files == ["etc/pollex/pollex.json5"])
    }

    @Test(
        .enabled(
            if: FleetTests.Balancer.passBytes,
            "needs haproxy, nginx and libnginx-mod-stream, and root"),
        arguments: [["haproxy", "-c", "-f"], ["nginx", "-t", "-q", "-c"]], [false, true])
    func theBalancersFilesPassTheirOwnPrograms(words: [String], passesBytes: Bool) throws {
        let balancer = try #require(FleetTests.Balancer(rawValue: words[0]))
        let file = Photos.root.appending(path: "conf/\(balancer.file(passesBytes))").path
        let program = try #require(ForeignProgram.find(words[0]))
        let checked = try run(program, words.dropFirst() + [file])
        #expect(checked.status == 0, "\(String(decoding: checked.output, as: UTF8.self))")
    }
}
