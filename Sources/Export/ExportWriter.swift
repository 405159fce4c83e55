internal import Digest
internal import ImageIndex
internal import Ingest
internal import LinuxIO
internal import ObjectStore
internal import Rendering
internal import Rendition
internal import Text

/// What one image is in the bucket of an export.
///
/// What holds: what lies under the names of an image is changed by one at a time, at whatever edge,
/// who asks the index what is true after everybody else has done and before he begins. So it makes
/// no difference how events come, how often, and what meets them on the way. Of two images of one
/// name the object is that of the one that got it last.
struct ExportWriter: Sendable {
    struct Counts: Sendable {
        var put = 0
        var removed = 0
        /// What the picture does not let be made.
        var refused = 0
    }

    /// A rendition, and what follows its name in the bucket.
    private struct Made: Sendable {
        let preset: ShortName
        let format: OutputFormat
        let content: [UInt8]
    }

    private typealias Place = ExportedImage.Place

    /// By which it is known whose an object is: another image may have the same name.
    private static let field = "x-amz-meta-original"

    let export: Export
    let client: ObjectClient
    let desk: RenderDesk
    let index: any ImageIndex
    let policy: RenditionPolicy
    let presets: [Preset]
    let directory: String
    private let locks = HashLocks()

    init(
        export: Export, client: ObjectClient, desk: RenderDesk, index: any ImageIndex,
        policy: RenditionPolicy, directory: String
    ) {
        (self.export, self.client, self.desk, self.index) = (export, client, desk, index)
        (self.policy, self.directory) = (policy, directory)
        presets = policy.presets.filter { export.presets.contains($0.name) }
    }

    /// Has the bucket be what the index says, under all names that the image had or has.
    func settle(_ image: ExportedImage) async throws(ExportFailure) -> Counts {
        var counts = Counts()
        let entry = try await entry(of: image.hash, owner: image.owner)
        var made: [Made] = []
        // Before anybody is kept waiting.
        if let entry, entry.status == .ready { made = try await make(entry, &counts) }
        for place in Set(places(of: entry)).union(image.places) {
            try await exclusively(image.hash, place) { () async throws(ExportFailure) in
                try await settle(image, place, made, &counts)
            }
        }
        return counts
    }

    private func settle(
        _ image: ExportedImage, _ place: Place, _ made: [Made], _ counts: inout Counts
    ) async throws(ExportFailure) {
        if let entry = try await entry(of: image.hash, owner: image.owner),
            places(of: entry).contains(place)
        {
            var wanted: [(rendition: Made, key: UTF8String)] = []
            for rendition in made {
                let key = key(of: image.hash, place, rendition.preset, rendition.format)
                guard try await !isAnothers(key, since: entry.time(of: place.name), image.hash)
                else { continue }
                wanted.append((rendition, key))
            }
            try await put(wanted, of: image.hash)
            counts.put += wanted.count
            return
        }
        let entries = try await entries(of: image.hash)
        let kept = Set(entries.flatMap { places(of: $0).flatMap { keys(of: image.hash, $0) } })
        for key in keys(of: image.hash, place).subtracting(kept)
        where try await original(of: key) == image.hash {
            try await ask { () throws(ObjectError) in try await client.delete(named: key.string) }
            counts.removed += 1
        }
    }

    // MARK: Names

    private func places(of entry: ImageDocument?) -> [Place] {
        guard let entry else { return [] }
        return entry.names.map { Place(name: $0, owner: entry.owner) }
    }

    private func key(
        of hash: ContentHash, _ place: Place, _ preset: ShortName, _ format: OutputFormat
    ) -> UTF8String {
        export.key.key(
            of: hash, name: place.name, owner: place.owner, preset: preset, format: format)
    }

    /// All that its renditions may have been put under.
    private func keys(of hash: ContentHash, _ place: Place) -> Set<UTF8String> {
        var keys: Set<UTF8String> = []
        for preset in presets {
            for format in OutputFormat.allCases {
                keys.insert(key(of: hash, place, preset.name, format))
            }
        }
        return keys
    }

    /// Whose image an object was made of; `nil`: there is none, or it is nobody's.
    private func original(of key: UTF8String) async throws(ExportFailure) -> ContentHash? {
        let value = try await ask { () throws(ObjectError) in
            try await client.field(Self.field, of: key.string)
        }
        return value.flatMap { ContentHash(hex: $0) }
    }

    /// Whether the object is that of another image, which got the name later and has it still.
    private func isAnothers(
        _ key: UTF8String, since time: Int64?, _ hash: ContentHash
    ) async throws(ExportFailure) -> Bool {
        if export.key.namesBytes { return false }
        guard let other = try await original(of: key), other != hash else { return false }
        return try await entries(of: other).contains { entry in
            places(of: entry).contains { place in
                keys(of: other, place).contains(key)
                    && entry.time(of: place.name) ?? 0 > time ?? 0
            }
        }
    }

    /// Nobody else, at no other edge either, changes meanwhile what lies under these names.
    private func exclusively(
        _ hash: ContentHash, _ place: Place, _ body: () async throws(ExportFailure) -> Void
    ) async throws(ExportFailure) {
        // One for all presets and formats.
        let stem = export.key.stem(of: hash, name: place.name, owner: place.owner)
        let words = "\(export.bucket.endpoint) \(export.bucket.bucket) \(stem)"
        let name = ContentHash(SHA256Digest(of: Array(words.utf8)))
        let end = Clock.monotonic() + ClaimTime.patience
        await locks.acquire(name)
        defer { locks.release(name) }
        do throws(ImageIndexError) { try await index.claim(name, before: end) } catch {
            throw ExportFailure("index: \(error)")
        }
        do throws(ExportFailure) { try await body() } catch {
            // What the store has not answered it may carry out still, before others begin.
            _ = await index.release(name, isSettled: false)
            throw error
        }
        guard await index.release(name, isSettled: true) else {
            throw ExportFailure("another edge may have changed it meanwhile")
        }
    }

    // MARK: Renditions

    private func make(
        _ entry: ImageDocument, _ counts: inout Counts
    ) async throws(ExportFailure) -> [Made] {
        var made: [Made] = []
        for wanted in desk.renditions(of: entry.hash, in: presets, policy)
        where wanted.isFallback || export.key.namesFormats {
            do throws(RenditionFailure) {
                let (format, content) = try await desk.rendition(wanted, of: entry)
                made.append(Made(preset: wanted.preset, format: format, content: content))
            } catch {
                guard case .refused = error else { throw ExportFailure(error.detail) }
                counts.refused += 1
            }
        }
        return made
    }

    /// At once: the store takes as long for all as for one.
    private func put(
        _ renditions: [(rendition: Made, key: UTF8String)], of hash: ContentHash
    ) async throws(ExportFailure) {
        let failure = await withTaskGroup(of: ExportFailure?.self) { tasks in
            for (rendition, key) in renditions {
                tasks.addTask {
                    do throws(ExportFailure) {
                        try await put(rendition, of: hash, to: key)
                        return nil
                    } catch { return error }
                }
            }
            return await tasks.reduce(nil) { $0 ?? $1 }
        }
        if let failure { throw failure }
    }

    private func put(
        _ rendition: Made, of hash: ContentHash, to key: UTF8String
    ) async throws(ExportFailure) {
        let content = rendition.content
        let file: SharedDescriptor
        do throws(SystemError) {
            file = SharedDescriptor(try Directory(existing: directory).createUnnamed())
            unsafe try Files.write(file.rawValue, content.span.bytes, at: 0)
        } catch { throw ExportFailure("\(error)") }
        // As the edge says it of its own URLs, where the name can have no other bytes.
        let lifetime = export.key.namesBytes ? "max-age=31536000, immutable" : "max-age=3600"
        let fields = [
            ("content-type", "\(rendition.format.mediaType)"),
            ("cache-control", "public, \(lifetime)"), (Self.field, hash.hex),
        ]
        try await ask { () throws(ObjectError) in
            try await client.put(
                named: key.string, from: file, byteCount: content.count,
                digest: SHA256Digest(of: content), fields: fields)
        }
    }

    // MARK: Asking

    /// As it is now, and not as it was known here a moment ago.
    private func entry(
        of hash: ContentHash, owner: UTF8String?
    ) async throws(ExportFailure) -> ImageDocument? {
        do throws(ImageIndexError) {
            _ = try await index.find(hash)
            guard case .present(let entry) = try await index.image(hash, .any(preferring: owner))
            else { return nil }
            return entry.owner == owner ? entry : nil
        } catch { throw ExportFailure("index: \(error)") }
    }

    private func entries(of hash: ContentHash) async throws(ExportFailure) -> [ImageDocument] {
        let owners: [UTF8String?]
        do throws(ImageIndexError) {
            _ = try await index.find(hash)
            owners = try await index.owners(of: hash)
        } catch { throw ExportFailure("index: \(error)") }
        var entries: [ImageDocument] = []
        for owner in owners {
            if let entry = try await entry(of: hash, owner: owner) { entries.append(entry) }
        }
        return entries
    }

    private func ask<Value>(
        _ body: () async throws(ObjectError) -> Value
    ) async throws(ExportFailure) -> Value {
        do throws(ObjectError) { return try await body() } catch {
            throw ExportFailure("\(error)")
        }
    }
}

/// Why it is to be tried again.
struct ExportFailure: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
