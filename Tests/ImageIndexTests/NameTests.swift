import Events
import Rendition
import TestSupport
import Testing
import Text

@testable import ImageIndex

/// What an entry is called: its own name, and those that the same bytes came under.
@Suite struct NameTests {
    private let scratch: Scratch
    private let subscriber = Subscriber(address: "export", kinds: [.imageNamed])

    init() throws { scratch = try Scratch() }

    private static func document(_ name: UTF8String, at time: Int64) -> ImageDocument {
        var document = ImageDocument.sample(1, uploadedAt: time)
        document.name = name
        document.givenNames = [.init(name, at: time)]
        return document
    }

    @Test func aNameThatComesAgainIsTheLastOne() {
        var document = Self.document("a", at: 1)
        document.give("b", at: 2)
        document.give("a", at: 3)
        #expect(document.names == ["a", "b"])
        #expect(document.time(of: "a") == 3 && document.time(of: "b") == 2)
        #expect(document.time(of: "c") == nil)
        document.forget("a")
        #expect(document.names == ["b"] && document.time(of: "a") == nil)
        // What has no name is called by its hash: the last name stays.
        document.forget("b")
        document.forget("b")
        #expect(document.name == "b")
    }

    @Test func theOldestMakesWay() throws {
        var document = Self.document("own", at: 0)
        for number in 1...20 {
            document.give(UTF8String(String(repeating: "x", count: 1000) + "\(number)"), at: 1)
        }
        #expect(document.givenNames.count == 8 && document.name == "own")
        #expect(document.givenNames.last?.name.string.hasSuffix("x20") == true)
        let encoded = document.encoded
        #expect(try ImageDocument(hash: document.hash, encoded: encoded) == document)
    }

    @Test func otherNamesAreToldOf() async throws {
        var options = LocalImageIndex.Options()
        options.subscribers = [subscriber]
        let index = try LocalImageIndex(directory: scratch.path, options: options)
        _ = try await index.put(Self.document("a", at: 1))
        #expect(try index.events.backlog().count == 0)
        guard case .existing(let known) = try await index.put(Self.document("b", at: 2)) else {
            Issue.record("it is there")
            return
        }
        #expect(known.names == ["a", "b"] && known.uploadedAt == 1)
        // Where nobody notes names nothing is written.
        var plain = Self.document("c", at: 3)
        plain.givenNames = []
        #expect(try await index.put(plain) == .existing(known))
        var patch = ImagePatch()
        patch.name = .set("d")
        _ = try await index.patch(known.hash, patch, expecting: nil, .any(preferring: nil))
        patch = ImagePatch()
        patch.forgets = "d"
        _ = try await index.patch(known.hash, patch, expecting: nil, .any(preferring: nil))
        let told = try index.events.due(for: subscriber.number, by: .max, limit: 9).deliveries
        let texts = told.map { String(decoding: $0.event.payload, as: UTF8.self) }
        #expect(texts.count == 3)
        for names in [#"["a"]"#, #"["a","b"]"#, #"["d","b"]"#] {
            #expect(texts.contains { $0.contains("\"former\":{\"names\":\(names)") }, "\(texts)")
        }
    }
}
