internal import Events
internal import Hints
internal import ImageIndex
internal import Ingest
internal import LinuxIO
internal import ObjectStore
internal import Rendition
internal import Store
internal import Text

// One look at an object: what is there now, and what that makes of what was taken before.
extension Intake {
    private static let pieceByteCount = 256 << 10

    private static let labelsTooLong = Report.failed(
        reason: "labels-too-long",
        detail: "The name, or the owner or a tag in it, is longer than the index can keep.",
        owner: nil, hash: nil)

    private enum Failure: Error {
        case object(ObjectError)
        case upload(UploadError)
        case store(StoreError)
    }

    func look(_ look: Look) async {
        do throws(StoreError) {
            guard let (bucket, client) = bucket(of: look.object),
                let labels = bucket.labels(for: look.object.key)
            else {
                // It is not watched any more.
                return try await book.settle(look, .same, deletes: false)
            }
            guard labels.isPossible(for: look.object.key) else {
                report(look.object, Self.labelsTooLong)
                return try await book.settle(look, .same, deletes: false)
            }
            do throws(Failure) {
                try await take(look, bucket, client, labels)
            } catch {
                try await postpone(look, error)
            }
        } catch {
            // It is there still; where nothing can be written the disk is full or failing.
            report(look.object, .deferred(reason: "\(error)"))
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func postpone(_ look: Look, _ failure: Failure) async throws(StoreError) {
        let reason: String
        switch failure {
        case .object(let error): reason = "\(error)"
        case .upload(let error): reason = error.word
        case .store(let error): throw error
        }
        report(look.object, .deferred(reason: reason))
        let pause = RetryPause.microseconds(after: look.attempts)
        try await book.postpone(look, to: Clock.wallMicroseconds() + pause)
    }

    private func take(
        _ look: Look, _ bucket: WatchedBucket, _ client: ObjectClient, _ labels: ObjectLabels
    ) async throws(Failure) {
        let known: TakenObject?
        do throws(StoreError) { known = try book.taken(look.place) } catch { throw .store(error) }
        let fetched: FetchedObject?
        do throws(ObjectError) {
            let directory = settings.directory
            fetched = try await client.fetch(
                named: look.object.key.string, unless: known?.etag ?? "",
                byteLimit: settings.byteLimit
            ) { () throws(SystemError) in
                SharedDescriptor(try Directory(existing: directory).createUnnamed())
            }
        } catch {
            return try await settle(error, of: look, bucket, client, labels)
        }
        guard let fetched else {
            report(look.object, .unchanged)
            return try await settle(look, .same, bucket)
        }
        try await keep(fetched, look, bucket, labels)
    }

    /// What could not be fetched.
    private func settle(
        _ error: ObjectError, of look: Look, _ bucket: WatchedBucket, _ client: ObjectClient,
        _ labels: ObjectLabels
    ) async throws(Failure) {
        switch error {
        case .notFound:
            do throws(ObjectError) {
                guard try await client.isAbsent(look.object.key.string) else {
                    throw .unavailable("it changes")
                }
            } catch { throw .object(error) }
            report(look.object, .absent)
            try await settle(look, .absent, bucket)
        case .tooLarge:
            // Without its tag: it is asked for again at the next hint, and refused by its length.
            refuse(look, .tooLarge(limit: settings.byteLimit), labels)
            try await settle(look, .now(TakenObject("", 0, nil)), bucket)
        default: throw .object(error)
        }
    }

    private func keep(
        _ fetched: FetchedObject, _ look: Look, _ bucket: WatchedBucket, _ labels: ObjectLabels
    ) async throws(Failure) {
        var upload = Ingest.Upload(byteLimit: settings.byteLimit)
        (upload.name, upload.owner, upload.tags) = (look.object.key, labels.owner, labels.tags)
        await locks.acquire(fetched.hash)
        defer { locks.release(fetched.hash) }
        var image: TakenImage?
        do throws(UploadError) {
            var offset = 0
            let outcome = try await ingest.take(upload) {
                let piece = try Files.read(
                    fetched.file.rawValue, offset: offset, byteCount: Self.pieceByteCount)
                offset += piece.count
                return piece.isEmpty ? nil : piece
            }
            image = TakenImage(fetched.hash, labels.owner)
            if case .created = outcome {
                report(look.object, .taken(isNew: true))
            } else {
                report(look.object, .taken(isNew: false))
            }
        } catch {
            guard error.isLasting else { throw .upload(error) }
            refuse(look, error, labels)
        }
        let object = TakenObject(fetched.etag, fetched.byteCount, image)
        try await settle(look, .now(object), bucket)
    }

    private func refuse(_ look: Look, _ error: UploadError, _ labels: ObjectLabels) {
        var hash: ContentHash?
        if case .refused(let refused, _) = error { hash = refused }
        report(
            look.object,
            .failed(
                reason: error.word, detail: error.detail, owner: labels.owner, hash: hash))
    }

    private func settle(
        _ look: Look, _ finding: LookBook.Finding, _ bucket: WatchedBucket
    ) async throws(Failure) {
        do throws(StoreError) {
            try await book.settle(look, finding, deletes: bucket.deletes)
        } catch { throw .store(error) }
    }

    /// Takes away an image that is no object's any more; `false`: not yet.
    func depart(_ image: TakenImage) async -> Bool {
        await locks.acquire(image.hash)
        defer { locks.release(image.hash) }
        do {
            // Nobody's is everybody's: of a bucket that had no owner before it had deletions.
            if let owner = image.owner, try !book.isHeld(image) {
                _ = try await ingest.delete(
                    image.hash, block: false, expecting: nil, of: owner
                ) { await purge(image.hash) }
            }
            try await book.departed(image)
            return true
        } catch { return false }
    }
}

extension ObjectLabels {
    fileprivate func isPossible(for name: UTF8String) -> Bool {
        do throws(ImageIndexError) {
            try ImageDocument.checkLimits(name: name, owner: owner, tags: tags)
            return true
        } catch { return false }
    }
}
