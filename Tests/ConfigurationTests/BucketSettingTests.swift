import Foundation
import TestSupport
import Testing
import Text

@testable import Configuration

@Suite struct BucketSettingTests {
    private func load(_ more: String) throws -> Configuration {
        let scratch = try Scratch()
        let file = scratch.path("given.json5")
        let bucket =
            "{ name: 'raw', endpoint: 'https://s3.example.org', accessKey: 'a', "
            + "secretKey: 'b', \(more) }"
        try "{ buckets: [\(bucket)] }".write(toFile: file, atomically: false, encoding: .utf8)
        return try Configuration.load(file: file, environment: [:], flags: [])
    }

    /// What has no owner is everybody's who uploads without one.
    @Test func whatIsDeletedWithItsObjectsHasAnOwner() throws {
        #expect(try load("deletes: true, owner: 'raw'").buckets.count == 1)
        let error = #expect(throws: ConfigurationError.self) { try load("deletes: true") }
        #expect(String(describing: error).contains("deletes needs an owner"))
        _ = try load("deletes: false")
    }
}
