internal import Digest
internal import ImageIndex
internal import LinuxIO
internal import ObjectStore
internal import Rendering
internal import Rendition
internal import Text

/// What one image is in the bucket of an export.
struct ExportWriter: Sendable {
    struct Counts: Sendable {
        var put = 0
        var removed = 0
        /// What the picture does not let be made.
        var refused = 0
    }

    /// By which it is known whose an object is: another image may have the same name.
    private static let field = "x-amz-meta-original"
    /// An edge that shares its index may not have heard so long of what an event tells.
    private static let behindMicroseconds: Int64 = 30_000_000

    let export: Export
    let client: ObjectClient
    let desk: RenderDesk
    let index: any ImageIndex
    let policy: RenditionPolicy
    let presets: [Preset]
    let directory: String

    func put(_ image: ExportedImage) async throws(ExportFailure) -> Counts {
        guard let document = try await entry(of: image.hash, owner: image.owner) else {
            try Self.requireOld(image, "the index does not have it")
            return Counts()
        }
        return try await put(document)
    }

    private static func requireOld(
        _ image: ExportedImage, _ reason: String
    ) throws(ExportFailure) {
        guard Clock.wallMicroseconds() - image.time >= Self.behindMicroseconds
        else { throw ExportFailure(reason: reason) }
    }

    private func put(_ document: ImageDocument) async throws(ExportFailure) -> Counts {
        var counts = Counts()
        for wanted in desk.renditions(of: document.hash, in: presets, policy)
        where wanted.isFallback || export.key.namesFormats {
            let made: (format: OutputFormat, content: [UInt8])
            do throws(RenditionFailure) {
                made = try await desk.rendition(wanted, of: document)
            } catch {
                guard case .refused = error else { throw ExportFailure(reason: error.detail) }
                counts.refused += 1
                continue
            }
            let key = export.key.key(
                of: document.hash, name: document.name, owner: document.owner,
                preset: wanted.preset, format: made.format)
            try await put(made.content, as: made.format, of: document.hash, to: key)
            counts.put += 1
        }
        return counts
    }

    private func put(
        _ content: [UInt8], as format: OutputFormat, of hash: ContentHash, to key: UTF8String
    ) async throws(ExportFailure) {
        let file: SharedDescriptor
        do throws(SystemError) {
            file = SharedDescriptor(try Directory(existing: directory).createUnnamed())
            unsafe try Files.write(file.rawValue, content.span.bytes, at: 0)
        } catch { throw ExportFailure(reason: "\(error)") }
        // As the edge says it of its own URLs, where the name can have no other bytes.
        let lifetime = export.key.namesBytes ? "max-age=31536000, immutable" : "max-age=3600"
        let fields = [
            ("content-type", "\(format.mediaType)"), ("cache-control", "public, \(lifetime)"),
            (Self.field, hash.hex),
        ]
        try await ask { () throws(ObjectError) in
            try await client.put(
                named: key.string, from: file, byteCount: content.count,
                digest: SHA256Digest(of: content), fields: fields)
        }
    }

    /// Takes away what was put there of an entry that is gone, unless another entry of the image
    /// has the same name.
    func remove(_ image: ExportedImage) async throws(ExportFailure) -> Counts {
        var kept: Set<UTF8String> = []
        for document in try await entries(of: image.hash) {
            if document.owner == image.owner {
                try Self.requireOld(image, "the index has it still, or again")
            }
            kept.formUnion(keys(of: image.hash, name: document.name, owner: document.owner))
        }
        var counts = Counts()
        for key in keys(of: image.hash, name: image.name, owner: image.owner)
        where !kept.contains(key) {
            let original = try await ask { () throws(ObjectError) in
                try await client.field(Self.field, of: key.string)
            }
            guard original == image.hash.hex else { continue }
            try await ask { () throws(ObjectError) in try await client.delete(named: key.string) }
            counts.removed += 1
        }
        // Where edges share events another one may have put it anew meanwhile.
        if counts.removed > 0, let again = try await entry(of: image.hash, owner: image.owner) {
            counts.put = try await put(again).put
        }
        return counts
    }

    /// All that its renditions may have been put under.
    private func keys(
        of hash: ContentHash, name: UTF8String?, owner: UTF8String?
    ) -> Set<UTF8String> {
        var keys: Set<UTF8String> = []
        for preset in presets {
            for format in OutputFormat.allCases {
                keys.insert(
                    export.key.key(
                        of: hash, name: name, owner: owner, preset: preset.name, format: format))
            }
        }
        return keys
    }

    private func entry(
        of hash: ContentHash, owner: UTF8String?
    ) async throws(ExportFailure) -> ImageDocument? {
        let found: ImageLookup
        do throws(ImageIndexError) {
            found = try await index.image(hash, owner.map { .own($0) } ?? .any(preferring: nil))
        } catch { throw ExportFailure(reason: "index: \(error)") }
        // Of nobody there may be none, and of others some.
        guard case .present(let document) = found, document.owner == owner else { return nil }
        return document
    }

    private func entries(of hash: ContentHash) async throws(ExportFailure) -> [ImageDocument] {
        let owners: [UTF8String?]
        do throws(ImageIndexError) { owners = try await index.owners(of: hash) } catch {
            throw ExportFailure(reason: "index: \(error)")
        }
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
            throw ExportFailure(reason: "\(error)")
        }
    }
}
