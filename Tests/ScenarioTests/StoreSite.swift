import Foundation
import ObjectStore
import Rendition
import TestSupport
import Testing

/// An edge whose originals are in a part of a bucket that nobody else has.
struct StoreSite {
    let engine: StoreEngine
    var prefix = StoreEngine.emptyPrefix()
    let folder: Scratch
    /// Instead of the engine's own.
    var endpoint: String?
    /// Times that a test may wait for.
    var settings = [
        "ORIGINALS_S3_ANSWER_SECONDS": "2", "ORIGINALS_S3_CONNECT_SECONDS": "1",
    ]

    init(_ engine: StoreEngine, endpoint: String? = nil) throws {
        (self.engine, self.endpoint) = (engine, endpoint)
        folder = try Scratch()
    }

    func start(_ more: [String: String] = [:]) throws -> Edge {
        let all = engine.settings(prefix: prefix, endpoint: endpoint)
            .merging(settings) { $1 }.merging(more) { $1 }
        return try Edge(folder: folder, settings: all)
    }

    /// As on a machine that has never made anything of what is in the bucket.
    func forgetAllButTheIndex() throws {
        for name in ["fetched", "cache", "masters"] {
            try FileManager.default.removeItem(atPath: folder.path(name))
        }
    }

    func forgetFetched(_ hash: String) throws {
        for file in try folder.files() where file.hasPrefix("fetched/") && file.hasSuffix(hash) {
            try FileManager.default.removeItem(atPath: folder.path(file))
        }
    }

    /// To look into the bucket past the edge.
    func client() throws -> ObjectClient {
        let bucket = Bucket(
            endpoint: engine.endpoint, name: engine.bucket, prefix: prefix,
            accessKey: engine.accessKey, secretKey: engine.secretKey)
        return try ObjectClient(try #require(bucket)) { _ in }
    }
}

extension Edge {
    /// Requests to the store so far.
    func storeRequests(_ method: String) throws -> Double {
        try metrics()["pollex_store_requests_total{method=\"\(method)\"}"] ?? 0
    }

    func storeErrors(_ kind: String) throws -> Double {
        try metrics()["pollex_store_errors_total{kind=\"\(kind)\"}"] ?? 0
    }
}
