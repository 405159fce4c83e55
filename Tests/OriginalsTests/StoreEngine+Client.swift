import Digest
import Foundation
import ObjectStore
import TestSupport
import Testing

extension StoreEngine {
    /// Of an empty part of the bucket, unless one is named.
    func client(
        prefix: String = emptyPrefix(), endpoint: String? = nil,
        _ settings: ObjectClient.Settings = .init(),
        observe: @escaping @Sendable (ObjectEvent) -> Void = { _ in }
    ) throws -> ObjectClient {
        let bucket = Bucket(
            endpoint: endpoint ?? self.endpoint, name: bucket, prefix: prefix,
            accessKey: accessKey, secretKey: secretKey)
        return try ObjectClient(try #require(bucket), settings, observe: observe)
    }
}

extension StoreEngine {
    /// Puts anything under a name, as somebody else may.
    func plant(_ bytes: [UInt8], as key: String) async throws {
        let scratch = try Scratch()
        let file = scratch.path("planted")
        #expect(FileManager.default.createFile(atPath: file, contents: Data(bytes)))
        let digest = SHA256Digest(of: bytes).bytes
        let hex = digest.indices.map { index in
            String(digest[index] >> 4, radix: 16) + String(digest[index] & 15, radix: 16)
        }.joined()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/curl")
        let name = key.addingPercentEncoding(
            withAllowedCharacters: .alphanumerics.union(["/", "-"]))
        process.arguments = [
            "-sS", "--fail", "--aws-sigv4", "aws:amz:us-east-1:s3", "-T", file,
            "-H", "x-amz-content-sha256: \(hex)",
            endpoint.replacing(
                "://",
                with: "://\(accessKey.replacing(":", with: "%3A")):\(secretKey)@")
                + "/\(bucket)/\(try #require(name))",
        ]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
