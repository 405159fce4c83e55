package import Digest
package import ImageIndex
package import LinuxIO
package import Originals
package import Rendition
package import Text
package import WorkerLink

/// The way of an image into the house: spooled and hashed as it comes, looked at by a worker,
/// durable as a file, then entered in the index – in this order, so that a crash leaves at worst
/// a file that nothing names.
package struct Ingest: Sendable {
    /// What a worker found of an upload.
    package enum Probe: Sendable {
        case facts(ImageFacts)
        case refused(Refusal)
        case unavailable(retryAfterSeconds: Int)
    }

    /// Spooled bytes that a worker is to look at.
    package struct Spooled: Sendable {
        package let hash: ContentHash
        package let file: SharedDescriptor
        package let byteCount: Int
        /// As in `Upload`.
        package let client: SIMD16<UInt8>?
    }

    package typealias Body = () async throws -> [UInt8]?

    let originals: any Originals
    package let index: any ImageIndex
    private let pipeline: PipelineVersion
    /// Something is made of each image that comes in, and it is not ready before.
    private let isEager: Bool
    /// Something is kept under the names of images, so those are noted that known bytes come under.
    private let notesNames: Bool
    private let probe: @Sendable (Spooled) async -> Probe
    let locks = HashLocks()
    /// Uploads in pieces that are read for their hash at once: a quarter of the threads that may
    /// wait for the disk, so that the others' uploads and the index go on.
    private let readings = Places(4)

    package init(
        originals: any Originals, index: any ImageIndex, pipeline: PipelineVersion,
        isEager: Bool = false, notesNames: Bool = false,
        probe: @escaping @Sendable (Spooled) async -> Probe
    ) {
        self.originals = originals
        self.index = index
        self.pipeline = pipeline
        (self.isEager, self.notesNames) = (isEager, notesNames)
        self.probe = probe
    }

    package struct Upload: Sendable {
        package var byteLimit: Int
        /// What the client says the bytes are; checked.
        package var expectedHash: ContentHash?
        package var expectedDigests: [SHA256Digest] = []
        package var name: UTF8String?
        package var owner: UTF8String?
        package var tags: [UTF8String] = []
        package var attributes: [UTF8String: UTF8String] = [:]

        /// Of the request that brings it; an event about a refusal names it.
        package var requestID: String?
        /// Microseconds since 1970; of one that came before, and whose entry has been lost.
        package var uploadedAt: Int64?
        /// Whose share of the workers it is looked at with; `nil`: it has one of its own.
        package var client: SIMD16<UInt8>?
        /// Whether the bytes have to be known for anything to be kept, or must not be; `nil`: as
        /// they are.
        package var expected: Expectation?
        /// Who brings it tries again what may be the moment's fault: a refusal that may is neither
        /// remembered nor, where it was, believed.
        package var isTriedAgain = false

        package init(byteLimit: Int) { self.byteLimit = byteLimit }

        package var origin: UploadOrigin {
            UploadOrigin(name: name, owner: owner, requestID: requestID)
        }
    }

    package enum Outcome: Sendable {
        case created(ImageDocument)
        case known(ImageDocument)
    }

    /// Takes one upload. Blocks on the disk: run it on a blocking pool. When it returns, the
    /// original and its index entry are durable.
    ///
    /// - Parameter next: the body, piece by piece; `nil` is its end.
    package func take(_ upload: Upload, body next: Body) async throws(UploadError) -> Outcome {
        try await keep(try await prepare(upload, body: next), of: upload)
    }

    /// The first half of `take`: the body is spooled and looked at. Nothing of it is durable or
    /// named; dropped, it is gone.
    package func prepare(
        _ upload: Upload, body next: Body
    ) async throws(UploadError) -> PreparedUpload {
        try await prepare(upload, of: try await spool(upload, next))
    }

    /// The same of bytes that came in pieces, all of them.
    package func prepare(
        _ upload: Upload, of partial: PartialUpload
    ) async throws(UploadError) -> PreparedUpload {
        try await prepare(upload, of: try await finish(partial))
    }

    private func finish(_ partial: PartialUpload) async throws(UploadError) -> FinishedOriginal {
        await readings.acquire()
        defer { readings.release() }
        return try partial.finish()
    }

    private func prepare(
        _ upload: Upload, of finished: consuming FinishedOriginal
    ) async throws(UploadError) -> PreparedUpload {
        let hash = finished.hash
        if let expected = upload.expectedHash, expected != hash {
            throw .hashDiffers(actual: hash)
        }
        for digest in upload.expectedDigests where ContentHash(digest) != hash {
            throw .digestDiffers
        }
        let known = try await lookUp(hash, preferring: upload.owner)
        if case .present(let document) = known, await isStored(hash) {
            return .known(document, SpooledUpload(finished))
        }
        if case .blocked = known { throw .blocked }
        let facts = try await examine(finished, of: upload)
        return .new(SpooledUpload(finished), facts)
    }

    /// The second half: durable and in the index when it returns.
    ///
    /// - Parameter upload: whose name, owner and tags the document gets.
    package func keep(
        _ prepared: PreparedUpload, of upload: Upload
    ) async throws(UploadError) -> Outcome {
        switch prepared {
        case .known(let known, let spooled):
            guard upload.expected?.holds(for: known) != false else { throw .preconditionFailed }
            if known.owner == upload.owner, !notesNames || upload.name == nil,
                let known = try await confirm(known)
            {
                return .known(known)
            }
            return try await keep(
                spooled, entry(of: known, upload), isKnown: true, expecting: upload.expected)
        case .new(let spooled, let facts):
            let document = makeDocument(spooled.hash, spooled.byteCount, facts, upload)
            return try await keep(spooled, document, isKnown: false, expecting: upload.expected)
        }
    }

    private func spool(
        _ upload: Upload, _ next: Body
    ) async throws(UploadError) -> FinishedOriginal {
        var writer = try await begin()
        while let chunk = try await read(next) {
            guard writer.byteCount + chunk.count <= upload.byteLimit
            else { throw .tooLarge(limit: upload.byteLimit) }
            do throws(OriginalsError) { try writer.append(chunk.span) } catch {
                throw UploadError(error)
            }
        }
        guard writer.byteCount > 0 else { throw .empty }
        return writer.finish()
    }

    private func begin() async throws(UploadError) -> OriginalWriter {
        do throws(OriginalsError) { return try await originals.begin() } catch {
            throw UploadError(error)
        }
    }

    private func read(_ next: Body) async throws(UploadError) -> [UInt8]? {
        do { return try await next() } catch { throw .interrupted }
    }

    private func lookUp(
        _ hash: ContentHash, preferring owner: UTF8String?
    ) async throws(UploadError) -> ImageLookup {
        do throws(ImageIndexError) {
            return try await index.image(hash, .any(preferring: owner))
        } catch {
            throw UploadError(error)
        }
    }

    /// What is known here may have been deleted by another edge, which is asked for where there are
    /// others; `nil`: it is no longer so.
    private func confirm(_ known: ImageDocument) async throws(UploadError) -> ImageDocument? {
        guard index.isShared else { return known }
        do throws(ImageIndexError) { _ = try await index.find(known.hash) } catch {
            throw UploadError(error)
        }
        let now = try await lookUp(known.hash, preferring: known.owner)
        guard case .present(let document) = now, document.owner == known.owner else { return nil }
        return document
    }

    private func isStored(_ hash: ContentHash) async -> Bool {
        (try? await originals.contains(hash)) ?? false
    }

    /// What the picture is; a refusal that would come again is remembered.
    private func examine(
        _ finished: borrowing FinishedOriginal, of upload: Upload
    ) async throws(UploadError) -> ImageFacts {
        let hash = finished.hash
        if let verdict = try? await index.verdict(for: hash, pipeline: pipeline),
            !(upload.isTriedAgain && verdict.mayPass)
        {
            throw .refused(hash, verdict)
        }
        let file: SharedDescriptor
        do throws(OriginalsError) {
            file = SharedDescriptor(try finished.openForReading())
        } catch {
            throw UploadError(error)
        }
        let spooled = Spooled(
            hash: hash, file: file, byteCount: finished.byteCount, client: upload.client)
        switch await probe(spooled) {
        case .facts(let facts): return facts
        case .unavailable(let seconds): throw .notProbed(retryAfterSeconds: seconds)
        case .refused(let refusal):
            let verdict = Verdict(reason: refusal.reason.rawValue, detail: refusal.detail)
            if refusal.reason.isLasting, !(upload.isTriedAgain && verdict.mayPass) {
                // Without it the next upload of these bytes is looked at again, no worse.
                try? await index.remember(
                    verdict, for: hash, pipeline: pipeline,
                    from: upload.origin)
            }
            throw .refused(hash, verdict)
        }
    }

    /// - Parameter isKnown: the bytes were there a moment ago, and have to be kept again only if
    ///   they have gone since.
    private func keep(
        _ spooled: SpooledUpload, _ document: ImageDocument, isKnown: Bool,
        expecting expected: Expectation?
    ) async throws(UploadError) -> Outcome {
        try await exclusively(document.hash) { () async throws(UploadError) in
            try await keepAlone(spooled, document, isKnown: isKnown, expecting: expected)
        }
    }

    private func keepAlone(
        _ spooled: SpooledUpload, _ document: ImageDocument, isKnown: Bool,
        expecting expected: Expectation?
    ) async throws(UploadError) -> Outcome {
        if isKnown, let outcome = try await enter(document, mustBeKnown: true, expected) {
            return outcome
        }
        let description = OriginalDescription(
            mediaType: "\(document.type)", name: document.name, uploadedAt: document.uploadedAt)
        do throws(OriginalsError) {
            try await originals.commit(spooled.finished, as: description)
        } catch { throw UploadError(error) }
        try await confirmClaim(of: document.hash)
        guard let outcome = try await enter(document, mustBeKnown: false, expected)
        else { preconditionFailure("entered or refused") }
        return outcome
    }

    /// `nil`: nobody has the bytes, and somebody must.
    private func enter(
        _ document: ImageDocument, mustBeKnown: Bool, _ expected: Expectation?
    ) async throws(UploadError) -> Outcome? {
        let outcome: PutOutcome
        do throws(ImageIndexError) {
            outcome = try await index.put(document, mustBeKnown: mustBeKnown, expecting: expected)
        } catch { throw UploadError(error) }
        switch outcome {
        case .created(let document): return .created(document)
        case .existing(let document): return .known(document)
        case .crowded: throw .storageFull
        case .unknown: return nil
        case .blocked:
            try? await deleteOriginal(document.hash)
            throw .blocked
        case .changed(let isPresent):
            if !isPresent { try? await deleteOriginal(document.hash) }
            throw .preconditionFailed
        }
    }

    /// The entry of an owner, of bytes that are known; what is known of them the index fills in,
    /// unless they have gone meanwhile.
    private func entry(of known: ImageDocument, _ upload: Upload) -> ImageDocument {
        var document = known
        document.uploadedAt = Clock.wallMicroseconds()
        document.status = isEager ? .stored : .ready
        (document.error, document.failedPreset) = (nil, nil)
        document.owner = upload.owner
        name(&document, upload.name)
        (document.tags, document.attributes) = (upload.tags, upload.attributes)
        return document
    }

    private func name(_ document: inout ImageDocument, _ name: UTF8String?) {
        document.name = name
        document.givenNames =
            notesNames ? name.map { [.init($0, at: document.uploadedAt)] } ?? [] : []
    }

    private func makeDocument(
        _ hash: ContentHash, _ byteCount: Int, _ facts: ImageFacts, _ upload: Upload
    ) -> ImageDocument {
        var document = ImageDocument(
            of: facts, hash: hash, byteCount: byteCount,
            uploadedAt: upload.uploadedAt ?? Clock.wallMicroseconds())
        document.status = isEager ? .stored : .ready
        name(&document, upload.name)
        document.owner = upload.owner
        (document.tags, document.attributes) = (upload.tags, upload.attributes)
        return document
    }
}
