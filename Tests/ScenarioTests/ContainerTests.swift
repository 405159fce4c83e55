import Foundation
import Testing

/// What is in `conf/container`, and the image of `make image` where there is one.
@Suite struct ContainerTests {
    private static let checker = Photos.root.appending(path: "conf/container/check").path

    private static func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    private static let isInstalled = isThere(
        Photos.root.appending(path: ".build/container-venv/installed").path)

    /// Root, a runtime, its profile and an image.
    private static let runs =
        getuid() == 0 && (isThere("/usr/sbin/runc") || isThere("/usr/bin/crun"))
        && isThere("/usr/share/containers/seccomp.json")
        && isThere(Photos.root.appending(path: ".build/pollex-image.tar").path)

    @Test(.enabled(if: isInstalled, "conf/container/check --install gets it from PyPI"))
    func manifestsAreWhatTheySay() throws {
        let checked = try run(Self.checker, ["--manifests"])
        let output = String(decoding: checked.output, as: UTF8.self)
        #expect(checked.status == 0, "\(output.suffix(3000))")
    }

    @Test(.enabled(if: runs, "make image as root; runc, golang-github-containers-common"))
    func theImageServes() throws {
        let checked = try run(Self.checker, [])
        let output = String(decoding: checked.output, as: UTF8.self)
        #expect(checked.status == 0, "\(output.suffix(3000))")
    }
}
