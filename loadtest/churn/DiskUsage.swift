import Foundation

enum DiskUsage {
    /// As `du` says.
    static func bytes(in directory: String) -> Int {
        let output = Pipe()
        let du = Process()
        du.executableURL = URL(filePath: "/usr/bin/du")
        du.arguments = ["-s", "-B1", directory]
        du.standardOutput = output
        do { try du.run() } catch { return -1 }
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        du.waitUntilExit()
        return Int(text.prefix { $0.isNumber }) ?? -1
    }
}
